package io.robusttrain.config.read;

import com.typesafe.config.ConfigFactory;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import java.util.ArrayList;
import java.util.List;

/** The configurations of the stages of a run. */
public final class StageConfigs {
  private StageConfigs() {}

  /**
   * The whole configuration of each stage, with the values that it changes; none of them has stages
   * itself. Of a run without stages, its configuration.
   *
   * @param config as {@link ConfigLoader} has read and checked it
   */
  public static List<RunConfig> of(RunConfig config) {
    if (!config.stages().isSet()) {
      return List.of(config);
    }
    List<Problem> problems = new ArrayList<>();
    List<RunConfig> all =
        StageReading.all(
            config,
            ConfigFactory.parseString(ConfigRenderer.renderWithSecrets(config)),
            ConfigLoader.reference(),
            problems);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return all;
  }
}
