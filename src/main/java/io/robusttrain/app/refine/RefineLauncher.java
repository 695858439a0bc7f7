package io.robusttrain.app.refine;

import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.Versions;
import io.robusttrain.app.eval.EvalSpark;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.refine.Bench;
import io.robusttrain.refine.Ingredients;
import io.robusttrain.refine.MeanSparsePlan;
import io.robusttrain.refine.MeanSparsification;
import io.robusttrain.refine.Soup;
import io.robusttrain.refine.SoupPlan;
import io.robusttrain.refine.Subjects;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;

/** Refinements on the cluster that spark-submit names; Spark is opened where images are needed. */
final class RefineLauncher {
  private final SparkPlace place;
  private final PrintStream screen;

  /**
   * A launcher; nothing is started yet.
   *
   * @param spark spark-submit's settings
   * @param screen where progress and warnings go
   */
  RefineLauncher(SparkConf spark, PrintStream screen) {
    this.place = SparkPlace.submitted(spark);
    this.screen = screen;
  }

  /** Something that may need Spark. */
  @FunctionalInterface
  private interface Work {
    List<String> on(Optional<Bench> bench) throws IOException;
  }

  /**
   * Averages models, or continues to.
   *
   * @return what was done, line by line
   */
  List<String> soup(SoupRequest request) throws IOException {
    int threads = request.statistics().map(SubjectRequest::threads).orElse(1);
    EvalSpark cluster = new EvalSpark(place, screen, EvaluationListener.NOBODY, threads);
    Configuration hadoop = cluster.hadoop();
    Ingredients ingredients = Ingredients.open(request.models(), hadoop);
    List<Double> weights =
        request.weights().isEmpty()
            ? Collections.nCopies(ingredients.size(), 1.0)
            : request.weights();
    SubjectPlanner planner = new SubjectPlanner(hadoop, Versions.software());
    boolean norms = !ingredients.network().batchNorms().isEmpty();
    Optional<Subject> statistics =
        request
            .statistics()
            .filter(images -> norms)
            .map(images -> Subjects.forStatistics(planner, images));
    if (request.statistics().isPresent() && !norms && request.attack().isEmpty()) {
      throw new EvaluationException(
          "--data: %s has no batch norm, so an average of its weights needs no images; leave it out"
              .formatted(ingredients.network().name()));
    }
    SoupPlan plan =
        new SoupPlan(
            ingredients,
            weights,
            request.attack().map(attack -> judge(planner, request, attack)),
            statistics);
    Soup soup = Soup.in(EvaluationFolder.at(request.output(), hadoop), plan);
    Optional<List<String>> finished = soup.finished();
    if (finished.isPresent()) {
      screen.println("the average in " + request.output() + " is finished");
      return finished.get();
    }
    String name = "RobustRefine soup " + ingredients.network().name();
    return run(cluster, name, plan.needsImages(), request.partitions(), soup::run);
  }

  private static SoupPlan.Judge judge(
      SubjectPlanner planner, SoupRequest request, AttackRequest attack) {
    Subject images = planner.plan(request.judged().orElseThrow());
    images
        .differentClass()
        .ifPresent(
            words -> {
              throw new EvaluationException(
                  "--data: of %s %s; take images of the classes that the models were trained for, in their order"
                      .formatted(images.model().path(), words));
            });
    return new SoupPlan.Judge(images, attack);
  }

  /**
   * Sparsifies the activations of a model, or continues to.
   *
   * @param images with the model, on which its activations are measured
   * @param alpha reach in standard deviations
   * @param output the directory of the result
   * @param partitions into which blocks are grouped; empty: each is a task of its own
   * @return what was done, line by line
   */
  List<String> meanSparse(
      SubjectRequest images, double alpha, String output, OptionalInt partitions)
      throws IOException {
    EvalSpark cluster = new EvalSpark(place, screen, EvaluationListener.NOBODY, images.threads());
    Configuration hadoop = cluster.hadoop();
    SubjectPlanner planner = new SubjectPlanner(hadoop, Versions.software());
    MeanSparsePlan plan = MeanSparsePlan.of(images, alpha, planner, hadoop);
    MeanSparsification work = MeanSparsification.in(EvaluationFolder.at(output, hadoop), plan);
    Optional<List<String>> finished = work.finished();
    if (finished.isPresent()) {
      screen.println("the model in " + output + " is finished");
      return finished.get();
    }
    String name = "RobustRefine meansparse " + plan.subject().model().architecture().name();
    return run(cluster, name, true, partitions, bench -> work.run(bench.orElseThrow()));
  }

  private static List<String> run(
      EvalSpark cluster, String name, boolean spark, OptionalInt partitions, Work work)
      throws IOException {
    return spark
        ? cluster.run(
            name,
            (context, progress) -> work.on(Optional.of(new Bench(context, partitions, progress))))
        : work.on(Optional.empty());
  }
}
