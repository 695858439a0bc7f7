package io.robusttrain.config.read;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.check.Consistency;
import io.robusttrain.config.value.Problem;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Stage;
import java.util.ArrayList;
import java.util.List;

/** Reads a configuration as its stages change it. */
final class StageReading {
  private static final String KEY = "stages";

  private StageReading() {}

  /**
   * The configuration of each stage, which has no stages itself; the configuration alone if it has
   * none.
   *
   * @param config without a problem
   * @param values what it was read from
   * @param reference the defaults
   * @param problems gets what is wrong with a stage
   */
  static List<RunConfig> all(
      RunConfig config, Config values, Config reference, List<Problem> problems) {
    List<Stage> stages = config.stages().orElse(List.of());
    List<RunConfig> all = new ArrayList<>();
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      String name = "stage %d".formatted(i + 1);
      Config changes =
          ConfigFactory.parseString(
              stage.lines(), ConfigParseOptions.defaults().setOriginDescription(name));
      Reading reading =
          new Reading(
              changes.withFallback(values.withoutPath(KEY)).resolve().root(), reference.root());
      all.add(read(stage, reading));
      for (Problem problem : reading.problems()) {
        boolean own = problem.where().startsWith(name);
        problems.add(own ? new Problem(name, problem.key(), problem.message()) : problem);
      }
    }
    return all.isEmpty() ? List.of(config) : List.copyOf(all);
  }

  private static RunConfig read(Stage stage, Reading reading) {
    RunConfig config = RunConfig.from(Section.root(reading));
    config.check(reading);
    Consistency.check(config, reading);
    int warmup = config.lrSchedule().warmupEpochs();
    reading.demand(
        !stage.restarts(Stage.Restart.LR_SCHEDULE) || warmup < stage.epochs(),
        "the warm-up of %d epochs leaves nothing of the stage's %d, in which the schedule begins anew; shorten it there"
            .formatted(warmup, stage.epochs()),
        "lr-schedule.warmup-epochs");
    return config;
  }
}
