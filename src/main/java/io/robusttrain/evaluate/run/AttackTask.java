package io.robusttrain.evaluate.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.Victim;
import io.robusttrain.base.Json;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * One attack on one block of images.
 *
 * @param stage the stage's directory name
 * @param block number of the block in the stage
 * @param threat what the attack may do
 * @param attack what is done
 * @param seed of the evaluation
 * @param images that are attacked
 */
public record AttackTask(
    String stage,
    int block,
    ThreatModel threat,
    EvaluationAttack attack,
    long seed,
    ImageBlock images)
    implements BlockTask {
  private static final long serialVersionUID = 1L;

  /** Float32 rounding of a perturbation, relative to its radius; sums of many values round more. */
  private static final double LINF_ROUNDING = 1e-4;

  private static final double SUM_ROUNDING = 1e-3;
  private static final double ROUNDING = 1e-6;

  @Override
  public String file() {
    return BlockTask.file(stage, block);
  }

  @Override
  public long[] ids() {
    return images.ids();
  }

  @Override
  public boolean breaks() {
    return true;
  }

  @Override
  public ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException {
    byte[] pixels = images.read(job);
    return model.compute(classifier -> attack(job, classifier, pixels));
  }

  private ObjectNode attack(EvaluationJob job, Classifier classifier, byte[] bytes) {
    long begin = System.nanoTime();
    Victim victim = new Victim(classifier, job.fullPass());
    ObjectNode outcome = Json.object();
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = images.pixels(job, bytes);
      AttackBatch batch =
          AttackBatch.of(
              victim,
              Pixels.of(clean),
              images.classes(job),
              ids(),
              SeedKey.of(seed).with("evaluation"));
      AttackOutcome found = attack.attack(victim, batch);
      float[] distances = Tensors.toArray(threat.distances(found.pixels(), clean));
      requireAllowed(found, distances);
      outcome.set("ids", Json.node(ids()));
      outcome.set("broken", Json.node(found.broken()));
      double[] sizes = new double[distances.length];
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = distances[i];
      }
      outcome.set("sizes", Json.node(sizes));
      // Counted apart: the attack has already paid for its own checks.
      Tensor answers = new Victim(classifier).logits(found.pixels());
      outcome.set("predictions", Json.node(CleanTask.classes(answers)));
    }
    BlockTask.putCost(outcome, victim, begin);
    return outcome;
  }

  /** A number is worth something only if the attack kept to the threat model. */
  private void requireAllowed(AttackOutcome found, float[] distances) {
    Pixels.of(found.pixels());
    double relative = threat.norm() == Norm.LINF ? LINF_ROUNDING : SUM_ROUNDING;
    double largest = threat.epsilon() * (1 + relative) + ROUNDING;
    for (int i = 0; i < distances.length; i++) {
      if (!(distances[i] <= largest)) {
        throw new IllegalStateException(
            "%s moved sample %d by %s, more than the radius %s: the attack is wrong"
                .formatted(attack.name(), ids()[i], distances[i], threat.epsilon()));
      }
    }
  }
}
