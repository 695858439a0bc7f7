package io.robusttrain.speed;

import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.apgd.Apgd;
import io.robusttrain.attack.apgd.ApgdSettings;
import io.robusttrain.attack.apgd.RadiusSchedule;
import io.robusttrain.attack.apgd.TargetedApgd;
import io.robusttrain.attack.catalog.AttackCatalog;
import io.robusttrain.attack.fab.FastAdaptiveBoundary;
import io.robusttrain.attack.fab.FastAdaptiveBoundary.Aim;
import io.robusttrain.attack.pgd.PgdAttack;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.attack.square.SquareAttack;
import java.util.List;

/**
 * An attack cut down to a few iterations, and what it costs at full length. A pass is one image
 * forward or one image backward.
 *
 * @param name of the attack at full length
 * @param measured the short one: one restart and one target, where the attack can do with that
 * @param iterations of the short one for an image that stands to its end, or its queries
 * @param fullIterations of the attack at full length for such an image
 * @param passesPerIteration of an image
 * @param fullPasses of an image that stands to the end of the attack at full length
 */
public record ShortAttack(
    String name,
    EvaluationAttack measured,
    int iterations,
    long fullIterations,
    int passesPerIteration,
    long fullPasses) {
  /** A query of Square costs one pass and moves little: it gets more of them. */
  private static final int QUERIES_PER_ITERATION = 10;

  /** A shrinking radius has three runs in one, each with a start of its own. */
  private static final int SHRINKING_PARTS = 3;

  /**
   * Cuts the named attacks; {@code standard} and its like become their parts.
   *
   * @param names as {@link AttackCatalog#named} takes them
   * @param threat with a radius above 0
   * @param iterations of a short attack, at least 1; not more than it has at full length
   * @param classes of the model
   * @throws IllegalArgumentException for an unknown name, a name twice, an attack that does not
   *     know the norm, or one that needs more classes
   */
  public static List<ShortAttack> named(
      List<String> names, ThreatModel threat, int iterations, int classes) {
    return AttackCatalog.parts(String.join(",", names), names, threat, classes).stream()
        .map(attack -> of(attack, iterations, classes))
        .toList();
  }

  private static ShortAttack of(EvaluationAttack full, int iterations, int classes) {
    if (full instanceof PgdAttack pgd) {
      return descent(pgd, iterations);
    } else if (full instanceof Apgd apgd) {
      ApgdSettings brief = brief(apgd.settings(), iterations);
      return ascent(apgd, new Apgd(apgd.loss(), brief), apgd.settings(), brief, 1);
    } else if (full instanceof TargetedApgd apgd) {
      ApgdSettings brief = brief(apgd.settings(), iterations);
      int targets = Math.min(apgd.targets(), classes - 1);
      return ascent(apgd, new TargetedApgd(1, brief), apgd.settings(), brief, targets);
    } else if (full instanceof FastAdaptiveBoundary fab) {
      return boundary(fab, iterations, classes);
    } else if (full instanceof SquareAttack square) {
      return queries(square, iterations);
    }
    throw new IllegalArgumentException(
        "%s cannot be timed: it is not known how to cut it short".formatted(full.name()));
  }

  /** The last iterate is classified once more. */
  private static ShortAttack descent(PgdAttack full, int iterations) {
    ProjectedGradientDescent descent = full.descent();
    int steps = Math.min(iterations, descent.steps());
    PgdAttack brief =
        new PgdAttack(
            new ProjectedGradientDescent(
                descent.threat(), steps, descent.stepSize(), descent.start()),
            1);
    long all = (long) full.restarts() * descent.steps();
    return new ShortAttack(full.name(), brief, steps, all, 2, 2 * all + full.restarts());
  }

  private static ApgdSettings brief(ApgdSettings full, int iterations) {
    int least = full.radius() == RadiusSchedule.SHRINKING ? SHRINKING_PARTS : 1;
    return full.withRestarts(1)
        .withIterations(Math.max(least, Math.min(iterations, full.iterations())));
  }

  /** The start is classified and differentiated as every iterate is. */
  private static ShortAttack ascent(
      EvaluationAttack full,
      EvaluationAttack brief,
      ApgdSettings settings,
      ApgdSettings briefly,
      int targets) {
    int starts = settings.radius() == RadiusSchedule.SHRINKING ? SHRINKING_PARTS : 1;
    int passes = 2 * settings.gradientSamples();
    long runs = (long) targets * settings.restarts();
    return new ShortAttack(
        full.name(),
        brief,
        briefly.iterations(),
        runs * settings.iterations(),
        passes,
        runs * passes * (settings.iterations() + starts));
  }

  /** All targets are taken, so they share the iterations. */
  private static ShortAttack boundary(FastAdaptiveBoundary full, int iterations, int classes) {
    int targets = full.runs(classes) / full.restarts();
    int share = Math.min((iterations + targets - 1) / targets, full.iterations());
    FastAdaptiveBoundary brief =
        new FastAdaptiveBoundary(full.threat(), full.aim(), share, /* restarts= */ 1);
    // Forward twice; backward for the one target, or for each class.
    int passes = 2 + (full.aim() == Aim.NEAREST_CLASS ? classes : 1);
    long all = (long) full.runs(classes) * full.iterations();
    return new ShortAttack(full.name(), brief, share * targets, all, passes, passes * all);
  }

  /** Each query is one pass, and the random start one more. */
  private static ShortAttack queries(SquareAttack full, int iterations) {
    int queries = (int) Math.min((long) QUERIES_PER_ITERATION * iterations, (long) full.queries());
    SquareAttack brief = new SquareAttack(full.threat(), queries, full.initialShare());
    return new ShortAttack(full.name(), brief, queries, full.queries(), 1, full.queries() + 1L);
  }
}
