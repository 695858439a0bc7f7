package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.analysis.Analysis.Bench;
import io.robusttrain.base.Json;
import io.robusttrain.base.Sha256;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.result.CleanCheck;
import io.robusttrain.evaluate.result.CleanOutcome;
import io.robusttrain.evaluate.result.Flag;
import io.robusttrain.evaluate.result.SubjectJson;
import io.robusttrain.evaluate.run.BlockTask;
import io.robusttrain.evaluate.run.CleanTask;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.ImageBlock;
import io.robusttrain.evaluate.run.StageRunner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The stages of one model: first the clean one, whose accuracy must be the checkpoint's, then those
 * of the analysis. Used by one thread.
 */
final class ModelStages implements AutoCloseable {
  private final Subject subject;
  private final Bench bench;
  private final String fingerprint;
  private final int stages;
  private final StageRunner runner;
  private final CleanOutcome clean;
  private final List<Flag> flags;
  private int done;

  /**
   * Runs the clean stage.
   *
   * @param settings of the analysis
   * @param stages beside the clean one
   */
  ModelStages(Subject subject, ObjectNode settings, int stages, Bench bench) throws IOException {
    this.subject = subject;
    this.bench = bench;
    this.fingerprint = Sha256.of(subject.identity(settings).toString());
    this.stages = stages + 1;
    runner = runner(subject);
    boolean begun = false;
    try {
      clean =
          CleanOutcome.of(runner.run(done++, "clean", CleanTask.DIRECTORY, CleanTask.of(subject)));
      flags = CleanCheck.check(subject, clean);
      flags.forEach(flag -> bench.listener().warning(flag.text()));
      begun = true;
    } finally {
      if (!begun) {
        runner.close();
      }
    }
  }

  private StageRunner runner(Subject model) {
    return new StageRunner(
        bench.spark(),
        EvaluationJob.of(model, fingerprint, bench.folder()),
        model.model().weights(),
        bench.listener(),
        stages,
        bench.partitions());
  }

  Subject subject() {
    return subject;
  }

  CleanOutcome clean() {
    return clean;
  }

  /**
   * The outcomes of a stage, in the order of its tasks.
   *
   * @param id the stage's directory name
   */
  List<ObjectNode> run(String id, String words, List<? extends BlockTask> tasks)
      throws IOException {
    return runner.run(done++, words, "stages/" + id, tasks);
  }

  /**
   * As {@link #run(String, String, List)}, with another model in the place of this one, which sees
   * the same images.
   */
  List<ObjectNode> run(Subject other, String id, String words, List<? extends BlockTask> tasks)
      throws IOException {
    try (StageRunner others = runner(other)) {
      return others.run(done++, words, "stages/" + id, tasks);
    }
  }

  /**
   * A stage of one measured descent, from the starts of several seeds, on all these images.
   *
   * @param id the stage's directory name
   * @param rows numbers of the images among the chosen ones, ascending
   */
  Descents descend(String id, String words, MeasuredDescent descent, List<Long> seeds, int... rows)
      throws IOException {
    List<DescentTask> tasks = new ArrayList<>();
    for (long seed : seeds) {
      for (ImageBlock images : clean.blocks(subject, rows)) {
        tasks.add(new DescentTask(id, tasks.size(), images, descent, seed));
      }
    }
    return Descents.of(seeds.size(), rows, run(id, words, tasks));
  }

  /** What results say of model, images and the clean stage. */
  ObjectNode json() {
    ObjectNode node = Json.object();
    node.set("model", SubjectJson.model(subject));
    node.set("data", SubjectJson.data(subject, clean));
    node.put("clean_accuracy", clean.accuracy());
    ArrayNode warnings = node.putArray("flags");
    flags.forEach(flag -> warnings.addObject().put("code", flag.code()).put("text", flag.text()));
    return node;
  }

  @Override
  public void close() {
    runner.close();
  }
}
