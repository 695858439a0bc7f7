package io.robusttrain.config.read;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import io.robusttrain.config.EpsScheduleConfig;
import io.robusttrain.config.LrScheduleConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.check.Consistency;
import io.robusttrain.config.value.Problem;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Stage;
import io.robusttrain.config.value.Stage.Restart;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

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
    refuseUnused(stages, values, problems);
    List<RunConfig> all = new ArrayList<>();
    int firstEpoch = 0;
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      String name = "stage %d".formatted(i + 1);
      Config changes =
          ConfigFactory.parseString(
              stage.lines(), ConfigParseOptions.defaults().setOriginDescription(name));
      Reading reading =
          new Reading(
              changes.withFallback(values.withoutPath(KEY)).resolve().root(), reference.root());
      all.add(read(stage, firstEpoch, config, reading));
      for (Problem problem : reading.problems()) {
        // A value from elsewhere may be wrong in this stage alone.
        boolean own = problem.where().startsWith(name);
        String where = own ? name : "%s: %s".formatted(name, problem.where());
        problems.add(new Problem(where, problem.key(), problem.message()));
      }
      firstEpoch += stage.epochs();
    }
    return all.isEmpty() ? List.of(config) : List.copyOf(all);
  }

  /**
   * Whoever gives a value on the command line wants it to count: a file may have one that all
   * stages replace, as of the recipe that it includes.
   */
  private static void refuseUnused(List<Stage> stages, Config values, List<Problem> problems) {
    Set<String> replaced = new TreeSet<>();
    stages.forEach(stage -> replaced.addAll(stage.values().keySet()));
    stages.forEach(stage -> replaced.retainAll(stage.values().keySet()));
    for (String key : replaced) {
      if (values.hasPath(key)) {
        ConfigValue value = values.getValue(key);
        if (Reading.where(value.origin()).equals(Reading.COMMAND_LINE)) {
          problems.add(
              new Problem(
                  Reading.COMMAND_LINE,
                  key,
                  "has no effect, for each stage has a value of its own; change it in stages, or leave it out there"));
        }
      }
    }
  }

  private static RunConfig read(Stage stage, int firstEpoch, RunConfig run, Reading reading) {
    RunConfig config = RunConfig.from(Section.root(reading));
    config.check(reading);
    Consistency.checkStage(config, run.totalEpochs(), reading);
    int warmup = config.lrSchedule().warmupEpochs();
    boolean anew = stage.restarts(Restart.LR_SCHEDULE);
    reading.demand(
        !anew || warmup < stage.epochs(),
        "the warm-up of %d epochs leaves nothing of the stage's %d, in which the schedule begins anew; shorten it there"
            .formatted(warmup, stage.epochs()),
        "lr-schedule.warmup-epochs");
    requireEffect(stage, firstEpoch, run, config, reading);
    return config;
  }

  private static void requireEffect(
      Stage stage, int firstEpoch, RunConfig run, RunConfig config, Reading reading) {
    // The decays of a step schedule are counted from the end of the warm-up, even of one long over.
    if (config.lrSchedule().type() != LrScheduleConfig.Type.STEP) {
      int before = stage.restarts(Restart.LR_SCHEDULE) ? 0 : firstEpoch;
      int inherited = run.lrSchedule().warmupEpochs();
      int own = config.lrSchedule().warmupEpochs();
      requireToCome(stage, "lr-schedule.warmup-epochs", before, inherited, own, reading);
    }
    EpsScheduleConfig eps = config.epsSchedule();
    EpsScheduleConfig of = run.epsSchedule();
    int before = stage.restarts(Restart.EPS_SCHEDULE) ? 0 : firstEpoch;
    String zero = "eps-schedule.zero-epochs";
    requireToCome(stage, zero, before, of.zeroEpochs(), eps.zeroEpochs(), reading);
    if (eps.type() != EpsScheduleConfig.Type.CONSTANT) {
      requireToCome(stage, "eps-schedule.period", before, of.period(), eps.period(), reading);
    }
    int inherited = run.augment().warmupEpochs();
    int own = config.augment().warmupEpochs();
    requireToCome(stage, "augment.warmup-epochs", firstEpoch, inherited, own, reading);
  }

  /**
   * Demands that what a stage sets is not over before it begins, unless it ends there what would
   * have gone on.
   *
   * @param before epochs that the schedule has counted where the stage begins
   * @param inherited epochs that the key has in the run
   * @param epochs that it has in the stage
   */
  private static void requireToCome(
      Stage stage, String key, int before, int inherited, int epochs, Reading reading) {
    String group = key.substring(0, key.indexOf('.'));
    reading.demand(
        !stage.values().containsKey(key) || epochs == 0 || before < Math.max(epochs, inherited),
        "has no effect: epochs are counted from the run's first one, and the stage begins behind %d of them; %s"
            .formatted(
                before,
                group.equals("augment")
                    ? "leave it out there"
                    : "let the schedule begin anew with restart = [%s], or leave it out there"
                        .formatted(group)),
        key);
  }
}
