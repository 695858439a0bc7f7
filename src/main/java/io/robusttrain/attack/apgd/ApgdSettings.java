package io.robusttrain.attack.apgd;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import java.io.Serializable;

/**
 * What all forms of APGD have in common.
 *
 * @param threat norm and radius; the radius is above 0
 * @param iterations of each run, at least 1
 * @param restarts the runs for each image, or for each image and target, at least 1
 * @param gradientSamples how many gradients of a randomised model are averaged in each iteration
 * @param radius whether a run comes from larger balls; only in L1
 */
@Immutable
public record ApgdSettings(
    ThreatModel threat, int iterations, int restarts, int gradientSamples, RadiusSchedule radius)
    implements Serializable {
  private static final int SHRINKING_PARTS = 3;

  public ApgdSettings {
    requirePositive("iterations", iterations);
    requirePositive("restarts", restarts);
    requirePositive("gradient samples", gradientSamples);
    if (threat.epsilon() == 0) {
      throw new IllegalArgumentException("APGD needs an epsilon above 0");
    }
    if (radius == RadiusSchedule.SHRINKING && threat.norm() != Norm.L1) {
      throw new IllegalArgumentException(
          "a shrinking radius is for L1, the norm is %s: use %s"
              .formatted(threat.norm(), RadiusSchedule.FIXED));
    }
    if (radius == RadiusSchedule.SHRINKING && iterations < SHRINKING_PARTS) {
      throw new IllegalArgumentException(
          "a shrinking radius has three parts and needs at least 3 iterations: " + iterations);
    }
  }

  /** One run of 100 iterations. */
  public static ApgdSettings of(ThreatModel threat) {
    return new ApgdSettings(threat, 100, 1, 1, RadiusSchedule.FIXED);
  }

  /** The same with another number of iterations. */
  public ApgdSettings withIterations(int count) {
    return new ApgdSettings(threat, count, restarts, gradientSamples, radius);
  }

  /** The same with another number of runs. */
  public ApgdSettings withRestarts(int count) {
    return new ApgdSettings(threat, iterations, count, gradientSamples, radius);
  }

  /** The same with another number of gradients for each step. */
  public ApgdSettings withGradientSamples(int count) {
    return new ApgdSettings(threat, iterations, restarts, count, radius);
  }

  /** The same with another radius schedule. */
  public ApgdSettings withRadius(RadiusSchedule schedule) {
    return new ApgdSettings(threat, iterations, restarts, gradientSamples, schedule);
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("APGD's %s must be at least 1: %d".formatted(what, value));
    }
  }
}
