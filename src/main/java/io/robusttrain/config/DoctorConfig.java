package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import java.io.Serializable;

/**
 * Group {@code doctor}: what is looked at before a training starts.
 *
 * @param action what happens if something would fail later
 * @param network whether executors send each other some megabytes
 */
public record DoctorConfig(Action action, Network network) implements Serializable {
  /** What happens if something would fail later. */
  public enum Action {
    /** The run is refused with exit code 2. */
    FAIL,
    /** The problem is shown and the run goes on. */
    WARN,
    OFF
  }

  /** Whether the network is measured. */
  public enum Network {
    /** Between the executors of a cluster. */
    AUTO,
    OFF
  }

  static DoctorConfig from(Section section) {
    return new DoctorConfig(
        section.get("action", Parsers.choice(Action.class)),
        section.get("network", Parsers.choice(Network.class)));
  }
}
