package io.robusttrain.app.analyze;

import io.robusttrain.analysis.AnalysedModel;
import io.robusttrain.analysis.Analysis;
import io.robusttrain.analysis.AnalysisComparison;
import io.robusttrain.analysis.AnalysisOutput;
import io.robusttrain.analysis.AnalysisRun;
import io.robusttrain.analysis.Judge;
import io.robusttrain.analysis.SubjectSource;
import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.Versions;
import io.robusttrain.app.eval.EvalSpark;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.run.KeptEpochs;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;

/** An analysis on the cluster that spark-submit names, or in a context that runs already. */
public final class AnalyzeLauncher {
  private static final String ALL = "all";

  private final SparkPlace place;
  private final PrintStream screen;
  private final EvaluationListener listener;

  /**
   * A launcher; nothing is started yet.
   *
   * @param spark spark-submit's settings
   * @param screen where progress and warnings go
   */
  AnalyzeLauncher(SparkConf spark, PrintStream screen) {
    this(SparkPlace.submitted(spark), screen, EvaluationListener.NOBODY);
  }

  /**
   * A launcher; nothing is started yet.
   *
   * @param place where the work runs
   * @param screen where progress and warnings go
   * @param listener hears of them, too
   */
  public AnalyzeLauncher(SparkPlace place, PrintStream screen, EvaluationListener listener) {
    this.place = place;
    this.screen = screen;
    this.listener = listener;
  }

  /**
   * Looks at models, or continues to.
   *
   * @return what the analysis tells, line by line
   */
  public List<String> run(Analysis analysis, AnalyzeRequest request) throws IOException {
    EvalSpark cluster = new EvalSpark(place, screen, listener, request.subject().threads());
    Configuration hadoop = cluster.hadoop();
    List<String> opening = new ArrayList<>();
    List<AnalysedModel> models = models(analysis, request, hadoop, opening);
    AnalysisOutput output =
        AnalysisOutput.claim(EvaluationFolder.at(request.output(), hadoop), analysis, models);
    Optional<List<String>> finished = output.lines();
    if (finished.isPresent()) {
      screen.println("the analysis in " + request.output() + " is finished");
      return finished.get();
    }
    opening.forEach(screen::println);
    screen.printf(
        "looking at them with %s of %s, %d thread(s) a block%n",
        models.stream().map(AnalysedModel::name).collect(Collectors.joining(", ")),
        request.subject().model().path(),
        request.subject().threads());
    return cluster.run(
        "RobustAnalyze " + analysis.word(),
        (context, progress) ->
            new AnalysisRun(analysis, models, output, progress).run(context, request.partitions()));
  }

  /**
   * Finds judges, and that they know the classes of the images. Each has its own preprocessing.
   *
   * @param subject whose images are meant
   */
  public List<Judge> judges(List<JudgeOption> judges, SubjectRequest subject) {
    EvalSpark cluster = new EvalSpark(place, screen, listener, subject.threads());
    SubjectPlanner planner = new SubjectPlanner(cluster.hadoop(), Versions.software());
    return judges.stream()
        .map(
            judge ->
                Judge.of(
                    judge.name(),
                    subject.of(judge.model()).with(PreprocessingChoice.CHECKPOINT),
                    planner))
        .toList();
  }

  /**
   * Puts finished analyses side by side.
   *
   * @param analyses output directories by name
   * @param output the directory of the result
   * @return the lines for the screen
   */
  public List<String> compare(Map<String, String> analyses, String output) throws IOException {
    return AnalysisComparison.write(analyses, output, place.cluster().hadoop());
  }

  /**
   * Finds and checks the models, of which no more than one is in memory at a time.
   *
   * @param opening takes lines for the screen
   */
  private static List<AnalysedModel> models(
      Analysis analysis, AnalyzeRequest request, Configuration hadoop, List<String> opening)
      throws IOException {
    SubjectPlanner planner = new SubjectPlanner(hadoop, Versions.software());
    SubjectRequest subject = request.subject();
    if (request.epochs().isEmpty()) {
      Subject planned = planner.plan(subject);
      check(analysis, planned);
      opening.addAll(lines(planned));
      String name = planned.model().architecture().name();
      SubjectSource source = new SubjectSource(planned, subject, planner);
      return List.of(new AnalysedModel(name, OptionalInt.empty(), source));
    }
    KeptEpochs kept = KeptEpochs.of(new Path(subject.model().path()), hadoop);
    List<AnalysedModel> models = new ArrayList<>();
    for (int epoch : epochs(request, kept)) {
      SubjectRequest one = subject.of(kept.file(epoch).toString());
      Subject planned = planner.plan(one);
      check(analysis, planned);
      if (models.isEmpty()) {
        opening.addAll(lines(planned));
      }
      SubjectSource source = new SubjectSource(planned, one, planner);
      models.add(new AnalysedModel("epoch-" + epoch, OptionalInt.of(epoch), source));
    }
    return models;
  }

  private static void check(Analysis analysis, Subject planned) {
    planned
        .differentClass()
        .ifPresent(
            words -> {
              throw new EvaluationException(
                  "--model: of %s %s; take images of the classes that it was trained for, in their order"
                      .formatted(planned.model().path(), words));
            });
    analysis.check(planned);
  }

  private static List<String> lines(Subject subject) {
    List<String> lines = new ArrayList<>(subject.model().lines());
    lines.add("%d images (%s)".formatted(subject.count(), subject.samples()));
    return lines;
  }

  private static List<Integer> epochs(AnalyzeRequest request, KeptEpochs kept) {
    String run = request.subject().model().path();
    if (kept.epochs().isEmpty()) {
      throw new EvaluationException(
          "--epochs: %s holds no kept epochs; name a run that was trained with train.keep-epochs, or leave --epochs out"
              .formatted(run));
    }
    if (request.epochs().equals(List.of(ALL))) {
      return List.copyOf(kept.epochs());
    }
    List<Integer> epochs = new ArrayList<>();
    for (String text : request.epochs()) {
      if (!text.strip().matches("[1-9]\\d{0,6}")) {
        throw new EvaluationException(
            "--epochs: expected all, or epochs such as 10,20; found " + text);
      }
      int epoch = Integer.parseInt(text.strip());
      if (!kept.epochs().contains(epoch)) {
        throw new EvaluationException(
            "--epochs: epoch %d of %s was not kept, those of %s were; name some of them, or train with train.keep-epochs=[%d]"
                .formatted(epoch, run, kept.epochs(), epoch));
      }
      if (epochs.contains(epoch)) {
        throw new EvaluationException("--epochs: name epoch %d once".formatted(epoch));
      }
      epochs.add(epoch);
    }
    return epochs.stream().sorted().toList();
  }
}
