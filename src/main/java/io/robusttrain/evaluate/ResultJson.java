package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.result.CleanOutcome;
import io.robusttrain.evaluate.result.Cost;
import io.robusttrain.evaluate.result.Flag;
import io.robusttrain.evaluate.result.Round;
import io.robusttrain.evaluate.result.StageOutcome;
import io.robusttrain.evaluate.result.SubjectJson;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The content of {@code eval.json}. Accuracies are fractions of all images; a misclassified clean
 * image counts as not robust.
 */
record ResultJson(EvaluationPlan plan, CleanOutcome clean, List<Round> rounds, List<Flag> flags) {
  private static final int MOST_CONFUSIONS = 30;

  /** The last radius asked for: the one and only, if it is no sweep. */
  Round last() {
    return rounds.get(rounds.size() - 1);
  }

  ObjectNode tree(String imageTable) {
    Subject subject = plan.subject();
    ObjectNode root = Json.object();
    root.put("format", "robusttrain-evaluation").put("version", 1);
    root.put("plan_sha256", plan.fingerprint());
    root.set("model", SubjectJson.model(subject));
    root.set("data", SubjectJson.data(subject, clean));
    root.put("n", subject.count());
    root.put("norm", plan.norm().name().toLowerCase(Locale.ROOT));
    root.put("attack_set", plan.attackSet());
    root.put("coverage", plan.coverage().name().toLowerCase(Locale.ROOT));
    root.put("seed", plan.seed());
    root.put("batch", subject.blocking().batch())
        .put("min_blocks", subject.blocking().leastBlocks())
        .put("full_pass", subject.blocking().fullPass());
    root.put("threads", subject.threads());
    root.put("device", subject.device().name().toLowerCase(Locale.ROOT));
    ObjectNode versions = root.putObject("versions");
    subject.versions().forEach(versions::put);
    ObjectNode first = root.putObject("clean");
    first.put("accuracy", clean.accuracy()).put("correct", clean.correct().length);
    subject.model().scores().ifPresent(found -> first.put("recorded_accuracy", found.cleanTop1()));
    clean.cost().putInto(first);
    root.put("epsilon", last().epsilon());
    root.put("robust_accuracy", last().robustAccuracy());
    ArrayNode radii = root.putArray("radii");
    rounds.forEach(round -> radii.add(radius(round)));
    ArrayNode warnings = root.putArray("flags");
    flags.forEach(flag -> warnings.addObject().put("code", flag.code()).put("text", flag.text()));
    total().putInto(root);
    root.put("images", imageTable);
    return root;
  }

  private ObjectNode radius(Round round) {
    ObjectNode node = Json.object();
    node.put("epsilon", round.epsilon()).put("radius", ThreatModel.text(round.epsilon()));
    node.put("robust_accuracy", round.robustAccuracy());
    ArrayNode attacks = node.putArray("attacks");
    for (int i = 0; i < round.stages().size(); i++) {
      StageOutcome stage = round.stages().get(i);
      ObjectNode attack = attacks.addObject();
      attack.put("name", stage.stage().attack().name());
      attack.put("parameters", stage.stage().attack().toString());
      attack.put("images", stage.rows().length).put("broken", stage.brokenCount());
      attack.put("robust_accuracy", round.standingAfter(i) / (double) clean.count());
      if (stage.rows().length == clean.correct().length) {
        int alone = stage.rows().length - stage.brokenCount();
        attack.put("robust_accuracy_alone", alone / (double) clean.count());
      }
      attack.put("median_size", stage.medianSize());
      stage.cost().putInto(attack);
    }
    node.set("classes", classes(round));
    node.set("confusions", confusions(round));
    return node;
  }

  /** Which classes are taken for which under attack, most often first. */
  private ArrayNode confusions(Round round) {
    Map<List<Integer>, Integer> counts = new TreeMap<>(Comparator.comparing(List::toString));
    for (int row = 0; row < clean.count(); row++) {
      if (!round.stands(row)) {
        counts.merge(List.of(clean.labels()[row], round.prediction(row)), 1, Integer::sum);
      }
    }
    ArrayNode pairs = Json.array();
    counts.entrySet().stream()
        .sorted(Map.Entry.<List<Integer>, Integer>comparingByValue().reversed())
        .limit(MOST_CONFUSIONS)
        .forEach(
            pair ->
                pairs
                    .addObject()
                    .put("label", pair.getKey().get(0))
                    .put("prediction", pair.getKey().get(1))
                    .put("images", pair.getValue()));
    return pairs;
  }

  private ArrayNode classes(Round round) {
    List<String> names = plan.subject().images().classNames();
    int[][] counts = new int[names.size()][3];
    for (int row = 0; row < clean.count(); row++) {
      int[] count = counts[clean.labels()[row]];
      count[0]++;
      count[1] += clean.labels()[row] == clean.predictions()[row] ? 1 : 0;
      count[2] += round.stands(row) ? 1 : 0;
    }
    ArrayNode classes = Json.array();
    for (int k = 0; k < counts.length; k++) {
      ObjectNode node = classes.addObject().put("class", k).put("name", names.get(k));
      node.put("images", counts[k][0]).put("correct", counts[k][1]).put("robust", counts[k][2]);
    }
    return classes;
  }

  private Cost total() {
    return rounds.stream()
        .flatMap(round -> round.stages().stream())
        .map(StageOutcome::cost)
        .reduce(clean.cost(), Cost::plus);
  }
}
