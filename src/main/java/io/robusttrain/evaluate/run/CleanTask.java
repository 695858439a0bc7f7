package io.robusttrain.evaluate.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.LossGradient;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Victim;
import io.robusttrain.base.Json;
import io.robusttrain.data.load.SampleReader;
import io.robusttrain.evaluate.plan.Cut;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Stage 0 of a block: decodes its images for the stages to come, classifies them, and looks for
 * what would make every attack worthless.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CleanTask(int block, long[] ids) implements BlockTask {
  public static final String DIRECTORY = "stages/00-clean";

  private static final long serialVersionUID = 1L;

  /** Tolerances of the same checks in AutoAttack. */
  private static final double SAME_SUM = 1e-5;

  /** The clean stage of all chosen images. */
  public static List<CleanTask> of(Subject subject) {
    Cut cut = subject.cut(subject.count());
    return IntStream.range(0, cut.blocks())
        .mapToObj(
            block ->
                new CleanTask(
                    block,
                    Arrays.copyOfRange(subject.ids(), cut.start(block), cut.start(block + 1))))
        .toList();
  }

  @Override
  public String file() {
    return "%s/block-%05d.json".formatted(DIRECTORY, block);
  }

  @Override
  public ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException {
    ImageFiles files = job.imageFiles();
    SampleReader reader =
        new SampleReader(job.folder().configuration(), job.images(), job.preprocessing());
    byte[] pixels = new byte[Math.multiplyExact(ids.length, job.imageBytes())];
    int[] labels = new int[ids.length];
    long[] checksums = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      labels[i] = reader.read(ids[i], pixels, i * job.imageBytes());
      checksums[i] = files.checksum(pixels, i);
    }
    files.write(block, pixels);
    ObjectNode outcome = model.compute(classifier -> classify(job, classifier, pixels, labels));
    outcome.set("ids", Json.node(ids));
    outcome.set("labels", Json.node(labels));
    outcome.set("checksums", Json.node(checksums));
    return outcome;
  }

  private ObjectNode classify(
      EvaluationJob job, Classifier classifier, byte[] bytes, int[] labels) {
    long begin = System.nanoTime();
    Victim victim = new Victim(classifier);
    ObjectNode outcome = Json.object();
    try (PointerScope scope = new PointerScope()) {
      Tensor images = Tensors.pixels(bytes, job.device(), labels.length, 3, job.side(), job.side());
      Tensor pixels = Pixels.of(images).tensor();
      Tensor classes = Tensors.labels(labels, job.device());
      Tensor logits = victim.logits(pixels);
      if (logits.isfinite().logical_not().any().item_bool()) {
        throw new EvaluationException(
            "the model's answer to an image among the samples %d to %d is not a number: the weights are damaged or of another model"
                .formatted(ids[0], ids[ids.length - 1]));
      }
      outcome.set("predictions", Json.node(classes(logits)));
      Tensor again = victim.logits(pixels);
      outcome.put("repeat_difference", difference(logits, again));
      outcome.put("probabilities", probabilities(logits));
      LossGradient gradient =
          victim.lossAndGradient(pixels, answer -> CrossEntropy.perSample(answer, classes));
      Tensor flat = gradient.gradient().flatten(1, -1).abs().amax(new long[] {1}, false);
      outcome.put("zero_gradients", flat.eq(new Scalar(0.0)).sum().item_int());
    }
    BlockTask.putCost(outcome, victim, begin);
    return outcome;
  }

  /** The index of the largest logit of each row. */
  public static int[] classes(Tensor logits) {
    float[] classes = Tensors.toArray(logits.max(1).get1());
    int[] result = new int[classes.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (int) classes[i];
    }
    return result;
  }

  /** The largest distance between two answers to an image, each scaled to length 1. */
  private static double difference(Tensor first, Tensor second) {
    try (PointerScope scope = new PointerScope()) {
      return unit(first).sub(unit(second)).square().sum(1).sqrt().max().item_double();
    }
  }

  private static Tensor unit(Tensor logits) {
    Tensor length = logits.square().sum(1).sqrt().add(new Scalar(1e-10)).unsqueeze(1);
    return logits.div(length);
  }

  private static boolean probabilities(Tensor logits) {
    try (PointerScope scope = new PointerScope()) {
      double off = logits.sum(1).sub(new Scalar(1.0)).abs().max().item_double();
      double low = logits.min().item_double();
      double high = logits.max().item_double();
      return low > -SAME_SUM && high < 1 + SAME_SUM && off < SAME_SUM;
    }
  }
}
