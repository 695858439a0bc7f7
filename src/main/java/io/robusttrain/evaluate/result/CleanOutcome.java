package io.robusttrain.evaluate.result;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.Sha256;
import io.robusttrain.evaluate.plan.Cut;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.run.ImageBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The outcome of the clean stage, all blocks together.
 *
 * @param labels true classes (n)
 * @param predictions of the clean images (n)
 * @param checksums of the images' pixels (n)
 * @param repeatDifference the largest difference of two answers to the same image
 * @param probabilities whether all answers are probabilities
 * @param zeroGradients images whose gradient is exactly zero
 * @param cost of the stage
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CleanOutcome(
    int[] labels,
    int[] predictions,
    long[] checksums,
    double repeatDifference,
    boolean probabilities,
    int zeroGradients,
    Cost cost) {
  public static CleanOutcome of(List<ObjectNode> blocks) {
    return new CleanOutcome(
        blocks.stream()
            .flatMapToInt(b -> IntStream.of(Json.array(b, "labels", int[].class)))
            .toArray(),
        blocks.stream()
            .flatMapToInt(b -> IntStream.of(Json.array(b, "predictions", int[].class)))
            .toArray(),
        blocks.stream()
            .flatMapToLong(b -> LongStream.of(Json.array(b, "checksums", long[].class)))
            .toArray(),
        blocks.stream().mapToDouble(b -> b.path("repeat_difference").asDouble()).max().orElse(0),
        blocks.stream().allMatch(b -> b.path("probabilities").asBoolean()),
        blocks.stream().mapToInt(b -> b.path("zero_gradients").asInt()).sum(),
        Cost.of(blocks));
  }

  public int count() {
    return labels.length;
  }

  /**
   * Images as the blocks of a stage.
   *
   * @param subject whose clean stage this is
   * @param rows numbers of the images among the chosen ones, ascending
   */
  public List<ImageBlock> blocks(Subject subject, int... rows) {
    Cut cut = subject.cut(rows.length);
    List<ImageBlock> blocks = new ArrayList<>();
    for (int block = 0; block < cut.blocks(); block++) {
      int[] part = cut.part(rows, block);
      blocks.add(
          new ImageBlock(
              part,
              Arrays.stream(part).mapToLong(row -> subject.ids()[row]).toArray(),
              Arrays.stream(part).map(row -> labels[row]).toArray(),
              Arrays.stream(part).mapToLong(row -> checksums[row]).toArray()));
    }
    return blocks;
  }

  /** The numbers of the images that are classified correctly, ascending. */
  public int[] correct() {
    return IntStream.range(0, count()).filter(row -> labels[row] == predictions[row]).toArray();
  }

  /** SHA-256 over labels and checksums: what was evaluated, whatever file it came from. */
  public String contentDigest() {
    return Sha256.of(Arrays.toString(labels) + Arrays.toString(checksums));
  }

  public double accuracy() {
    return correct().length / (double) count();
  }
}
