package io.robusttrain.app;

import io.robusttrain.config.RunConfig;

/**
 * What the command line of {@code RobustDoctor} asks for.
 *
 * @param config the run that is meant; its defaults if none was named
 * @param scope how much of it is looked at
 */
public record DoctorRequest(RunConfig config, Scope scope) {
  /** How much of a configuration is looked at. */
  public enum Scope {
    /** The cluster and the run directory. */
    CLUSTER,
    /** The run's data and needs too. */
    RUN
  }
}
