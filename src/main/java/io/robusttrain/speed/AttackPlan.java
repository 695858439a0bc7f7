package io.robusttrain.speed;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.model.Architecture;
import java.util.List;

/**
 * The attacks that are timed, and the model and images that they attack.
 *
 * @param architecture of the model
 * @param threat what the attacks may do
 * @param attacks in the order in which they run, each on all images
 * @param batch images, at least 1
 * @param threads inside an operation, at least 1
 */
public record AttackPlan(
    Architecture architecture,
    ThreatModel threat,
    List<ShortAttack> attacks,
    int batch,
    int threads) {
  public AttackPlan {
    attacks = List.copyOf(attacks);
    if (attacks.isEmpty() || batch < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "timing needs an attack, an image and a thread: %d attacks, %d images, %d threads"
              .formatted(attacks.size(), batch, threads));
    }
  }
}
