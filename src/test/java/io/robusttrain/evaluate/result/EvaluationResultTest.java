package io.robusttrain.evaluate.result;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationResultTest {
  @Test
  void anAttackThatBrokeNothingHasNoSize() {
    ObjectNode tree = Json.object();
    ArrayNode attacks = tree.putArray("radii").addObject().putArray("attacks");
    attack(attacks, "apgd-ce", 3, 0.0314);
    attack(attacks, "square", 0, 0);
    List<String> lines = new EvaluationResult(tree).table().lines().toList();
    assertThat(lines).anySatisfy(line -> assertThat(line).matches("apgd-ce +8 +3 .* 0\\.03140 .*"));
    assertThat(lines)
        .anySatisfy(
            line ->
                assertThat(line)
                    .matches("square +8 +0 +50\\.00 % +50\\.00 % +- +10 +5 +2\\.0 +4\\.00"));
  }

  private static void attack(ArrayNode attacks, String name, int broken, double size) {
    attacks
        .addObject()
        .put("name", name)
        .put("images", 8)
        .put("broken", broken)
        .put("robust_accuracy", 0.5)
        .put("robust_accuracy_alone", 0.5)
        .put("median_size", size)
        .put("forward_passes", 10)
        .put("backward_passes", 5)
        .put("seconds", 2.0);
  }
}
