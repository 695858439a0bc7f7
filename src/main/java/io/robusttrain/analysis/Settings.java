package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.analysis.Landscape.StepRule;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Finds the analysis that a result comes from, by what the result says of its settings. */
final class Settings {
  private final JsonNode result;

  private Settings(JsonNode result) {
    this.result = result;
  }

  /**
   * The analysis of a result whose numbers can be put beside those of another one.
   *
   * @throws EvaluationException if it made pictures, which a result does not hold
   */
  static Analysis analysis(JsonNode result) {
    Settings settings = new Settings(result);
    String word = Json.text(result, "analysis");
    return switch (word) {
      case "effectiveness" ->
          new Effectiveness(
              settings.threat(),
              settings.list("steps", JsonNode::asInt),
              Json.count(result, "oracle"),
              settings.list("seeds", JsonNode::asLong));
      case "landscape" ->
          new Landscape(
              settings.threat(),
              Json.count(result, "points"),
              Json.count(result, "starts"),
              settings.list("steps", JsonNode::asInt),
              settings.rules());
      case "sweep" ->
          new RadiusSweep(
              settings.norm(),
              settings.list("radii", JsonNode::asDouble),
              Json.text(result, "attacks"),
              Json.number(result, "pgd_epsilon"),
              Json.whole(result, "seed"));
      default ->
          throw new EvaluationException(
              "an analysis of %s cannot be compared by numbers; lay its files beside each other"
                  .formatted(word));
    };
  }

  private Norm norm() {
    return Norm.valueOf(Json.text(result, "norm").toUpperCase(Locale.ROOT));
  }

  private ThreatModel threat() {
    return new ThreatModel(norm(), Json.number(result, "epsilon"));
  }

  private <T> List<T> list(String field, Function<JsonNode, T> element) {
    List<T> list = new ArrayList<>();
    Json.parse(Json.text(result, field), field).forEach(item -> list.add(element.apply(item)));
    return list;
  }

  private List<StepRule> rules() {
    String words = Json.text(result, "rules");
    return Arrays.stream(StepRule.values()).filter(rule -> words.contains(rule.word())).toList();
  }
}
