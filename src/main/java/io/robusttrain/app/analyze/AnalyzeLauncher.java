package io.robusttrain.app.analyze;

import io.robusttrain.analysis.AnalysedModel;
import io.robusttrain.analysis.Analysis;
import io.robusttrain.analysis.AnalysisOutput;
import io.robusttrain.analysis.AnalysisRun;
import io.robusttrain.analysis.Judge;
import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.Versions;
import io.robusttrain.app.eval.EvalSpark;
import io.robusttrain.evaluate.plan.EvaluationException;
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
    List<AnalysedModel> models = models(request, hadoop);
    for (AnalysedModel model : models) {
      analysis.check(model.subject());
    }
    AnalysisOutput output =
        AnalysisOutput.claim(EvaluationFolder.at(request.output(), hadoop), analysis, models);
    Optional<List<String>> finished = output.lines();
    if (finished.isPresent()) {
      screen.println("the analysis in " + request.output() + " is finished");
      return finished.get();
    }
    Subject first = models.get(0).subject();
    first.model().lines().forEach(screen::println);
    screen.printf(
        "looking at %d images (%s) with %s of %s, %d thread(s) a block%n",
        first.count(),
        first.samples(),
        models.stream().map(AnalysedModel::name).collect(Collectors.joining(", ")),
        request.subject().model().path(),
        first.threads());
    return cluster.run(
        "RobustAnalyze " + analysis.word(),
        (context, progress) ->
            new AnalysisRun(analysis, models, output, progress).run(context, request.partitions()));
  }

  /**
   * Finds judges, and that they know the classes of the images.
   *
   * @param subject whose images are meant
   */
  List<Judge> judges(List<JudgeOption> judges, SubjectRequest subject) {
    EvalSpark cluster = new EvalSpark(place, screen, listener, subject.threads());
    SubjectPlanner planner = new SubjectPlanner(cluster.hadoop(), Versions.software());
    return judges.stream()
        .map(judge -> Judge.of(judge.name(), subject.of(judge.model()), planner))
        .toList();
  }

  private static List<AnalysedModel> models(AnalyzeRequest request, Configuration hadoop)
      throws IOException {
    SubjectPlanner planner = new SubjectPlanner(hadoop, Versions.software());
    SubjectRequest subject = request.subject();
    if (request.epochs().isEmpty()) {
      Subject planned = planner.plan(subject);
      String name = planned.model().architecture().name();
      return List.of(new AnalysedModel(name, OptionalInt.empty(), planned));
    }
    KeptEpochs kept = KeptEpochs.of(new Path(subject.model().path()), hadoop);
    List<AnalysedModel> models = new ArrayList<>();
    for (int epoch : epochs(request, kept)) {
      Subject planned = planner.plan(subject.of(kept.file(epoch).toString()));
      models.add(new AnalysedModel("epoch-" + epoch, OptionalInt.of(epoch), planned));
    }
    return models;
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
