package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.data.prep.SampleShard;
import io.robusttrain.data.prep.source.Origin;
import io.robusttrain.data.prep.source.SampleRef;
import io.robusttrain.evaluate.EvaluationOutput;
import io.robusttrain.evaluate.RobustEvaluation;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.Coverage;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.EvaluationPlanner;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.ImageBlock;
import io.robusttrain.report.figure.CsvTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How much of what images show is in what an attack changes ("A Light Recipe to Train Robust Vision
 * Transformers", Section V): perturbations of one model, drawn as images, are classified by other
 * models, with the labels of the images. A judge sees nothing but the perturbation.
 *
 * @param threat norm Linf, and epsilon above 0
 * @param steps numbers of steps of PGD, each of 1.5 epsilon / steps, ascending
 * @param seed of the starts
 * @param judges at least one
 */
public record Transfer(ThreatModel threat, List<Integer> steps, long seed, List<Judge> judges)
    implements Analysis {
  /**
   * Checks what was asked for.
   *
   * @throws EvaluationException if the norm is another one, or there is nobody to judge
   */
  public Transfer {
    steps = List.copyOf(steps);
    judges = List.copyOf(judges);
    Requirements.descents(threat);
    if (threat.norm() != Norm.LINF) {
      throw new EvaluationException("--norm: perturbations are drawn in linf only; leave it out");
    }
    Requirements.ascending("--steps", steps, 1);
    Requirements.distinct("--judge", judges.stream().map(Judge::name).toList());
  }

  @Override
  public String word() {
    return "transfer";
  }

  @Override
  public ObjectNode settings() {
    ObjectNode settings =
        Requirements.settings(word(), threat).put("steps", steps.toString()).put("seed", seed);
    for (Judge judge : judges) {
      judge
          .identity()
          .fields()
          .forEachRemaining(
              field ->
                  settings.set(
                      "judge %s %s".formatted(judge.name(), field.getKey()), field.getValue()));
    }
    return settings;
  }

  @Override
  public ObjectNode look(Subject subject, Bench bench) throws IOException {
    int[] rows = IntStream.range(0, subject.count()).toArray();
    ObjectNode result;
    try (ModelStages stages = new ModelStages(subject, settings(), steps.size(), bench)) {
      result = stages.json();
      for (int k : steps) {
        String attack = "pgd-" + k;
        MeasuredDescent descent = MeasuredDescent.atTheEnd(ProjectedGradientDescent.of(threat, k));
        List<PerturbationTask> tasks = new ArrayList<>();
        for (ImageBlock images : stages.clean().blocks(subject, rows)) {
          tasks.add(new PerturbationTask(attack, tasks.size(), images, descent, seed));
        }
        List<ObjectNode> blocks = stages.run(attack, attack, tasks);
        result
            .withObject("/attacks/" + attack)
            .put("source_accuracy", accuracy(blocks, subject.count()));
        gather(attack, blocks, subject, bench.folder());
      }
    }
    for (int k : steps) {
      String attack = "pgd-" + k;
      ObjectNode accuracies = result.withObject("/attacks/" + attack + "/judges");
      for (Judge judge : judges) {
        accuracies.put(judge.name(), judged(judge, attack, bench));
      }
    }
    return result;
  }

  /** The accuracy of the attacked model itself. */
  private static double accuracy(List<ObjectNode> blocks, int count) {
    int right = 0;
    for (ObjectNode block : blocks) {
      for (int i = 0; i < block.path("labels").size(); i++) {
        right += block.path("labels").path(i).equals(block.path("predictions").path(i)) ? 1 : 0;
      }
    }
    return right / (double) count;
  }

  private static String data(String attack) {
    return "perturbations/" + attack + "-data";
  }

  /** Makes a data set of the PNG files, with the labels of the images. */
  private static void gather(
      String attack, List<ObjectNode> blocks, Subject subject, EvaluationFolder folder)
      throws IOException {
    List<SampleRef> images = new ArrayList<>();
    for (ObjectNode block : blocks) {
      for (int i = 0; i < block.path("ids").size(); i++) {
        String file = PerturbationTask.png(attack, block.path("ids").path(i).asLong());
        images.add(
            new SampleRef(
                file.substring(file.lastIndexOf('/') + 1),
                block.path("labels").path(i).asInt(),
                new Origin.FileRange(
                    folder.path(file).toString(), 0, block.path("lengths").path(i).asInt())));
      }
    }
    SampleShard.write(
        folder.configuration(),
        folder.path(data(attack) + "/validation-00000-of-00001.parquet"),
        subject.images().classNames(),
        images);
  }

  /** At radius 0 an evaluation is the accuracy on images as they are. */
  private double judged(Judge judge, String attack, Bench bench) throws IOException {
    EvaluationFolder folder = bench.folder().child("judges/%s/%s".formatted(attack, judge.name()));
    Subject subject = judge.before(bench.folder().path(data(attack)).toString());
    EvaluationPlan plan =
        EvaluationPlanner.plan(
            subject, new AttackRequest("fgsm", Norm.LINF, List.of(0.0), Coverage.SURVIVORS, seed));
    return new RobustEvaluation(plan, EvaluationOutput.claim(folder, plan), bench.listener())
        .run(bench.spark(), bench.partitions())
        .cleanAccuracy();
  }

  @Override
  public Report report(List<JsonNode> models) {
    CsvTable table =
        new CsvTable("source", "epoch", "attack", "source_accuracy", "judge", "judge_accuracy");
    List<String> lines = new ArrayList<>();
    for (JsonNode model : models) {
      String name = model.path("name").asText();
      for (int k : steps) {
        String attack = "pgd-" + k;
        JsonNode found = model.path("attacks").path(attack);
        for (Judge judge : judges) {
          double accuracy = found.path("judges").path(judge.name()).asDouble();
          table.add(
              name,
              model.path("epoch").asText(),
              attack,
              found.path("source_accuracy").asDouble(),
              judge.name(),
              accuracy);
          lines.add(
              "%-14s %-8s judged by %s: %s"
                  .formatted(name, attack, judge.name(), Figures.percent(accuracy)));
        }
      }
    }
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("transfer.csv", table.bytes());
    return new Report(Json.object(), files, lines);
  }
}
