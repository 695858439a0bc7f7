package io.robusttrain.train.plan;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.SwaConfig;
import io.robusttrain.config.read.StageConfigs;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.config.value.Stage;
import io.robusttrain.data.DataException;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.PositionTable;
import io.robusttrain.schedule.Granularity;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.train.worker.StepClock;
import io.robusttrain.train.worker.TrainingJob;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;

/** Turns a configuration into a plan, or says everything that stands against it. */
public final class RunPlanner {
  private final RunConfig config;
  private final Configuration hadoop;
  private final RunPlan.Topology topology;

  /**
   * Plans one run.
   *
   * @param config valid by itself
   * @param hadoop names the file systems
   * @param topology the executors there are
   */
  public RunPlanner(RunConfig config, Configuration hadoop, RunPlan.Topology topology) {
    this.config = config;
    this.hadoop = hadoop;
    this.topology = topology;
  }

  /**
   * The plan of a run without stages, or of the last stage.
   *
   * @throws DataException if the data is unusable
   * @throws ConfigException with all that does not fit together
   */
  public RunPlan plan() {
    return stages().last();
  }

  /**
   * Checks the configuration against the data and the cluster.
   *
   * @throws DataException if the data is unusable
   * @throws ConfigException with all that does not fit together in a stage
   */
  public StagedPlan stages() {
    ImageSet train = split(config.data().trainSplit());
    ImageSet validation = split(config.data().valSplit());
    List<StageDraft> drafts = new ArrayList<>();
    for (RunConfig stage : StageConfigs.of(config)) {
      drafts.add(
          inStage(
              drafts.size(),
              () -> new StagePlanner(stage, hadoop, topology).draft(train, validation)));
    }
    List<StepClock> clocks = new ArrayList<>();
    Course course = course(drafts, clocks);
    checkAverages(course);
    StageDraft last = drafts.get(drafts.size() - 1);
    int steps = validationSteps(drafts);
    List<RunPlan> plans = new ArrayList<>();
    for (int i = 0; i < drafts.size(); i++) {
      StageDraft draft = drafts.get(i);
      StepClock clock = clocks.get(i);
      plans.add(inStage(i, () -> placed(draft, clock, course, last, steps, train.classNames())));
    }
    return new StagedPlan(plans);
  }

  /**
   * Gradient steps of all validations: those of the last stage, and no fewer than a stage asks for
   * whose attack is guided.
   */
  private static int validationSteps(List<StageDraft> drafts) {
    RunConfig last = drafts.get(drafts.size() - 1).config();
    return drafts.stream()
        .map(StageDraft::config)
        .filter(stage -> stage.attack().guided().steps().isSet())
        .mapToInt(RunConfig::validationSteps)
        .reduce(last.validationSteps(), Math::max);
  }

  private ImageSet split(String name) {
    return ImageSet.open(hadoop, config.data().path(), name, config.data().columns())
        .with(config.data().sampleRules());
  }

  /** The course of the run; fills in the clock of each stage. */
  private Course course(List<StageDraft> drafts, List<StepClock> clocks) {
    List<Stage> stages = config.stages().orElse(List.of());
    List<Course.Span> spans = new ArrayList<>();
    StepClock.Start start = StepClock.Start.OF_RUN;
    for (int i = 0; i < drafts.size(); i++) {
      Optional<Stage> stage = stages.isEmpty() ? Optional.empty() : Optional.of(stages.get(i));
      // The last one has the cool-down, too.
      int end =
          i == drafts.size() - 1
              ? config.totalEpochs()
              : start.epoch() + stage.orElseThrow().epochs();
      clocks.add(drafts.get(i).clock(start, stage));
      spans.add(drafts.get(i).span(clocks.get(i), end - start.epoch()));
      start = new StepClock.Start(end, spans.get(i).endStep());
    }
    long all = start.step();
    return new Course(
        spans, config.train().maxSteps().toOptional().map(max -> Math.min(max, all)).orElse(all));
  }

  /** The plan of a stage that has its place in the run. */
  private RunPlan placed(
      StageDraft draft,
      StepClock clock,
      Course course,
      StageDraft last,
      int validationSteps,
      List<String> classNames) {
    requireCarried(draft.architecture(), last.architecture());
    // The same object where it is the same network: so a worker knows that it needs no second one.
    Architecture validated =
        draft.preprocessing().height() == last.preprocessing().height()
            ? draft.architecture()
            : last.architecture();
    MemoryPlan memory =
        draft
            .memory()
            .withValidated(
                validated, draft.architecture(), draft.threads(), config.validation().batch());
    List<Problem> problems = new MemoryProblems(memory, topology).find();
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new RunPlan(
        config,
        draft.config(),
        draft.architecture(),
        draft.preprocessing(),
        classNames,
        job(draft, validated, clock, course),
        last.parts().validationPlan(last.images(), last.preprocessing(), validationSteps),
        topology,
        memory,
        course);
  }

  private TrainingJob job(
      StageDraft draft, Architecture validated, StepClock clock, Course course) {
    return new TrainingJob(
        draft.architecture(),
        validated,
        draft.objective(),
        clock,
        draft
            .parts()
            .optimizer(
                draft.architecture().layout(),
                draft.trained().ranges(),
                AverageRules.of(config, course)),
        draft.order(),
        draft.samples(),
        config.run().seed(),
        RunParts.device(config),
        draft.threads(),
        config.amp().fp32Precision());
  }

  /** Of another resolution, the tensors of positions alone may have another shape. */
  private static void requireCarried(Architecture stage, Architecture last) {
    Set<String> positions = new HashSet<>();
    last.positionGrid().ifPresent(grid -> positions.add(grid.tensor()));
    last.positionTables().stream().map(PositionTable::tensor).forEach(positions::add);
    List<ParameterSpec> own = stage.layout().specs();
    List<ParameterSpec> others = last.layout().specs();
    boolean carried = own.size() == others.size();
    for (int i = 0; carried && i < own.size(); i++) {
      boolean sameName = own.get(i).name().equals(others.get(i).name());
      boolean sameShape = own.get(i).shape().equals(others.get(i).shape());
      carried = sameName && (sameShape || positions.contains(own.get(i).name()));
    }
    if (!carried) {
      throw new ConfigException(
          "model.img-size",
          "%s has other tensors at %d pixels than at the %d of the last stage: its weights cannot be carried over; choose sizes at which it has the same layers"
              .formatted(last.name(), stage.imageSize(), last.imageSize()));
    }
  }

  /** Ends of epochs are averaged at equal distances in steps. */
  private void checkAverages(Course course) {
    SwaConfig swa = config.swa();
    if (!swa.start().isSet() || swa.stepOn() == Granularity.STEP) {
      return;
    }
    int end = swa.end().orElse(config.totalEpochs());
    long lengths =
        course.spans().stream()
            .filter(span -> span.firstEpoch() < end && span.endEpoch() > swa.start().get())
            .map(Course.Span::stepsPerEpoch)
            .distinct()
            .count();
    if (lengths > 1) {
      throw new ConfigException(
          "swa.step-on",
          "is epoch, and the epochs that are averaged have other numbers of steps in other stages: write swa.step-on=step, or let swa.start and swa.end lie in one stage");
    }
  }

  /** Says in which stage something is wrong, if there are several. */
  private <T> T inStage(int index, Supplier<T> part) {
    try {
      return part.get();
    } catch (ConfigException wrong) {
      if (!config.stages().isSet()) {
        throw wrong;
      }
      String where = "stage %d".formatted(index + 1);
      throw new ConfigException(
          wrong.problems().stream()
              .map(problem -> new Problem(where, problem.key(), problem.message()))
              .toList());
    }
  }
}
