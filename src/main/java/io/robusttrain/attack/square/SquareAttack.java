package io.robusttrain.attack.square;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.Victim;
import io.robusttrain.tensor.ComputeDevice;
import org.bytedeco.javacpp.PointerScope;

/**
 * Square (Andriushchenko et al., 2020): random search with the margin between the true class's
 * logit and the best other one, forward passes only; an image is left alone once it is
 * misclassified. Thread-safe.
 *
 * <p>Unlike the original, which draws one square for the whole batch, every image has draws of its
 * own, keyed by image and query. Cost for each image: at most {@code queries + 1} forward passes,
 * and those that were tried ahead in vain where a pass had room.
 *
 * @param threat the ball to search
 * @param queries at least 1, not counting the start
 * @param initialShare of the image's area that the first squares have, in (0,1]
 */
@Immutable
public record SquareAttack(ThreatModel threat, int queries, double initialShare)
    implements EvaluationAttack {
  private static final int QUERIES = 5000;
  private static final double INITIAL_SHARE = 0.8;

  public SquareAttack {
    if (queries < 1 || !(initialShare > 0 && initialShare <= 1)) {
      throw new IllegalArgumentException(
          "Square needs at least 1 query and an initial share in (0, 1]: %d, %s"
              .formatted(queries, initialShare));
    }
  }

  /** 5000 queries from a share of 0.8, as AutoAttack has it. */
  public static SquareAttack standard(ThreatModel threat) {
    return new SquareAttack(threat, QUERIES, INITIAL_SHARE);
  }

  @Override
  public String name() {
    return "square";
  }

  @Override
  public AttackOutcome attack(Victim victim, AttackBatch batch) {
    Survivors survivors = new Survivors(victim, batch);
    if (!survivors.none()) {
      try (PointerScope scope = new PointerScope()) {
        AttackBatch standing = survivors.remaining();
        ImageShape shape = ImageShape.of(standing.clean());
        SquareSearch search = new SquareSearch(victim, standing, moves(shape));
        boolean[] fooled = search.run(queries, standing.key().with(name()));
        survivors.record(fooled, search.best(ComputeDevice.of(standing.clean())));
      }
    }
    return survivors.outcome();
  }

  private SquareMoves moves(ImageShape shape) {
    SquareSchedule schedule = new SquareSchedule(initialShare);
    return threat.norm() == Norm.LINF
        ? new LinfSquares(shape, (float) threat.epsilon(), schedule)
        : new PatternedSquares(threat, shape, schedule);
  }
}
