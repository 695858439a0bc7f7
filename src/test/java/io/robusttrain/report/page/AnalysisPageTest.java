package io.robusttrain.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnalysisPageTest {
  private static final String UNKNOWN = "the checkpoint records no clean accuracy to compare";

  private static ObjectNode result(String... names) {
    ObjectNode result = Json.object().put("analysis", "effectiveness");
    for (String name : names) {
      ObjectNode model = result.withArray("models").addObject().put("name", name);
      model.putObject("model").put("name", "xcit").put("sha256", "0123456789abcdef".repeat(4));
      model.withArray("flags").addObject().put("code", "x").put("text", UNKNOWN);
    }
    return result;
  }

  private static String page(ObjectNode result) {
    return new AnalysisPage(result, Map.of(), List.of()).render();
  }

  @Test
  void aWarningOfSeveralModelsStandsOnceAndNamesThem() {
    ObjectNode result = result("a-epoch-1", "a-epoch-2");
    ((ObjectNode) result.path("models").get(1))
        .withArray("flags")
        .addObject()
        .put("text", "the gradient is zero");
    assertThat(page(result))
        .containsOnlyOnce(UNKNOWN)
        .contains("a-epoch-1, a-epoch-2: " + UNKNOWN)
        .contains("a-epoch-2: the gradient is zero");
  }

  @Test
  void aWarningOfTheOnlyModelStandsAlone() {
    assertThat(page(result("a"))).contains(UNKNOWN).doesNotContain("a: " + UNKNOWN);
  }

  @Test
  void aHashTakesShortLines() {
    assertThat(page(result("a")))
        .contains("<td class=\"hash\">%s</td>".formatted("0123456789abcdef".repeat(4)));
  }
}
