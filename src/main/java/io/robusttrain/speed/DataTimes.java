package io.robusttrain.speed;

import io.robusttrain.data.transform.StageListener.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What the images of a round took, in seconds an image.
 *
 * @param images of the round
 * @param stages of all decode threads together, by {@link Stage}
 * @param loading wall time of a step from its request to its bytes, over its images
 * @param converting from bytes to floats in [0,1]
 * @param mixing MixUp and CutMix
 */
public record DataTimes(
    long images, Map<Stage, Double> stages, double loading, double converting, double mixing) {
  public DataTimes {
    stages = Map.copyOf(stages);
  }

  /**
   * A part of the way and what it took.
   *
   * @param name for programs
   * @param words for people
   * @param seconds an image
   */
  record Part(String name, String words, Spread seconds) {}

  /** Wall time from the request of a step to mixed floats. */
  double whole() {
    return loading + converting + mixing;
  }

  /** What the loader took beside the stages: batches, threads that wait for each other. */
  private double rest(int threads) {
    double busy = stages.values().stream().mapToDouble(Double::doubleValue).sum();
    return threads * loading - busy;
  }

  /** The parts of rounds, in the order of the way. */
  static List<Part> parts(List<DataTimes> rounds, int threads) {
    List<Part> parts = new ArrayList<>();
    for (Stage stage : Stage.values()) {
      String name = stage.name().toLowerCase(Locale.ROOT);
      parts.add(new Part(name, words(stage), over(rounds, t -> t.stages().get(stage))));
    }
    parts.add(new Part("rest", "the loader's rest", over(rounds, t -> t.rest(threads))));
    parts.add(new Part("floats", "bytes to floats", over(rounds, DataTimes::converting)));
    parts.add(new Part("mixing", "MixUp and CutMix", over(rounds, DataTimes::mixing)));
    return parts;
  }

  /** A figure of each round. */
  static Spread over(List<DataTimes> rounds, ToDoubleFunction<DataTimes> figure) {
    return Spread.of(rounds.stream().mapToDouble(figure));
  }

  private static String words(Stage stage) {
    return switch (stage) {
      case READ -> "row from the shard";
      case DECODE -> "decode";
      case CROP -> "crop and resize";
      case FLIP -> "flip";
      case POLICY -> "RandAugment";
      case JITTER -> "colour jitter";
      case ROTATION -> "rotation";
      case PLANES -> "planes, and the last flip";
      case ERASING -> "random erasing";
    };
  }
}
