package io.robusttrain.attack.apgd;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.CnnTwins;
import io.robusttrain.attack.apgd.ApgdCase.Trail;
import io.robusttrain.attack.apgd.ApgdRun.Loss;
import io.robusttrain.attack.apgd.ApgdRun.Steps;
import io.robusttrain.model.Classifier;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Brings a run to the end of a recorded one. Where ours leaves the recording, some decision before
 * (a gradient's sign, a loss's rise, the order of logits) must have stood at a tie: then roundings
 * within {@link RoundingErrors} decide it otherwise, and with them our run follows further. Such
 * roundings are searched for, query by query; everything before the tie stays as it is. An image
 * that no roundings bring to the end fails. So the whole recording is compared, on any processor,
 * and a rule that differs by more than rounding cannot pass.
 */
final class ApgdReplay {
  /** The rows that each image has in one run of the search, while all are searched for. */
  private static final int TRIES = 8;

  /** After so many rounds in vain an image goes back: an earlier tie was turned wrongly. */
  private static final int PATIENCE = 8;

  private static final int BACK = 5;

  private final ApgdCase attack;
  private final Classifier model;
  private final Loss loss;
  private final Steps steps;
  private final int iterations;
  private final Goal goal;
  private final int rounds;
  private final int[] images;

  /** How many queries a row of a run agrees with what was recorded of an image. */
  @FunctionalInterface
  interface Goal {
    int way(Trail trail, int row, int image);
  }

  /**
   * Prepares a search.
   *
   * @param rounds runs of the search at most
   * @param images how many of the recorded images are followed, the first ones
   */
  ApgdReplay(
      ApgdCase attack,
      Classifier model,
      Loss loss,
      Steps steps,
      int iterations,
      Goal goal,
      int rounds,
      int images) {
    this.attack = attack;
    this.model = model;
    this.loss = loss;
    this.steps = steps;
    this.iterations = iterations;
    this.goal = goal;
    this.rounds = rounds;
    this.images = IntStream.range(0, images).toArray();
  }

  /** Fails for an image that cannot be brought to the end. */
  void follow(CnnTwins twins) {
    int[] all = IntStream.range(0, ApgdCase.IMAGES).toArray();
    Trail own = attack.run(model, loss, steps, iterations, all);
    assertThat(own.logits()).hasSize(iterations + 1);
    int[] ways = Arrays.stream(images).map(image -> goal.way(own, image, image)).toArray();
    if (strayed(ways).length > 0) {
      turnTies(RoundingErrors.along(own, attack, twins), ways);
    }
  }

  private void turnTies(RoundingErrors errors, int[] ways) {
    long[][] seeds = new long[iterations + 1][ApgdCase.IMAGES];
    int[] vain = new int[ways.length];
    int[] furthest = ways.clone();
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < rounds && strayed(ways).length > 0; round++) {
      int[] before = ways.clone();
      attempt(errors, seeds, ways, random);
      for (int image : strayed(ways)) {
        furthest[image] = Math.max(furthest[image], ways[image]);
        vain[image] = ways[image] > before[image] ? 0 : vain[image] + 1;
        if (vain[image] == PATIENCE) {
          vain[image] = 0;
          ways[image] = goBack(seeds, image, ways[image], random);
        }
      }
    }
    for (int image : strayed(ways)) {
      throw new AssertionError(
          "%s, %d iterations, image %d: agrees for %d of %d queries whatever ties are turned"
              .formatted(attack, iterations, image, furthest[image], iterations + 1));
    }
  }

  private int goBack(long[][] seeds, int image, int way, SplittableRandom random) {
    int earlier = Math.max(0, way - 1 - random.nextInt(BACK));
    for (int query = Math.max(0, earlier - 1); query <= iterations; query++) {
      seeds[query][image] = 0;
    }
    return earlier;
  }

  private void attempt(RoundingErrors errors, long[][] seeds, int[] ways, SplittableRandom random) {
    int[] strayed = strayed(ways);
    int[] rows = new int[TRIES * images.length];
    Arrays.setAll(rows, row -> strayed[row % strayed.length]);
    long[][] drawn = new long[iterations + 1][rows.length];
    for (int row = 0; row < rows.length; row++) {
      for (int query = 0; query <= iterations; query++) {
        drawn[query][row] = seeds[query][rows[row]];
      }
      draw(drawn, row, ways[rows[row]] - 1, row / strayed.length, random);
    }
    RoundedRun rounded = new RoundedRun(errors, rows, drawn);
    Trail trail =
        attack.run(model, rounded.roundedLoss(loss), rounded.roundedSteps(steps), iterations, rows);
    for (int row = 0; row < rows.length; row++) {
      int image = rows[row];
      int way = goal.way(trail, row, image);
      if (way > ways[image]) {
        ways[image] = way;
        for (int query = 0; query <= iterations; query++) {
          seeds[query][image] = drawn[query][row];
        }
      }
    }
  }

  /** Most ties show in the answer to the next query, some later: draws at the last or before. */
  private static void draw(
      long[][] drawn, int row, int before, int attempt, SplittableRandom random) {
    int last = Math.max(before, 0);
    int from = attempt % 2 == 0 ? last : random.nextInt(last + 1);
    int until = attempt % 4 == 1 ? last : from;
    for (int query = from; query <= until; query++) {
      drawn[query][row] = random.nextLong();
    }
  }

  private int[] strayed(int[] ways) {
    return IntStream.range(0, ways.length).filter(i -> ways[i] <= iterations).toArray();
  }
}
