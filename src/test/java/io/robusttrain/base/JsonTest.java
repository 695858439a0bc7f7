package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class JsonTest {
  private static final JsonNode NODE =
      Json.parse(
          """
          {"text": "a", "whole": 9000000000, "count": 3, "number": 0.5, "list": [1, 2],
           "strings": {"k": "v"}, "mixed": {"k": null}, "nothing": null}
          """,
          "it");

  @Test
  void readsEveryKindOfField() {
    assertThat(Json.text(NODE, "text")).isEqualTo("a");
    assertThat(Json.whole(NODE, "whole")).isEqualTo(9_000_000_000L);
    assertThat(Json.count(NODE, "count")).isEqualTo(3);
    assertThat(Json.number(NODE, "number")).isEqualTo(0.5);
    assertThat(Json.list(NODE, "list", JsonNode::asInt)).containsExactly(1, 2);
    assertThat(Json.strings(Json.field(NODE, "strings"), "strings")).isEqualTo(Map.of("k", "v"));
  }

  @Test
  void namesTheFieldThatIsMissingOrOfAnotherKind() {
    refused(() -> Json.text(NODE, "other"), "field 'other' is missing");
    refused(() -> Json.text(NODE, "nothing"), "field 'nothing' is missing");
    refused(() -> Json.text(NODE, "count"), "field 'count' is 3 where a string is expected");
    refused(
        () -> Json.count(NODE, "whole"),
        "field 'whole' is 9000000000 where a whole number is expected");
    refused(
        () -> Json.whole(NODE, "text"), "field 'text' is \"a\" where a whole number is expected");
    refused(() -> Json.number(NODE, "text"), "field 'text' is \"a\" where a number is expected");
    refused(
        () -> Json.list(NODE, "count", JsonNode::asInt),
        "field 'count' is 3 where a list is expected");
    refused(
        () -> Json.strings(NODE.get("list"), "world"),
        "field 'world' is [1,2] where an object is expected");
    refused(
        () -> Json.strings(NODE.get("mixed"), "mixed"),
        "field 'k' is null where a string is expected");
  }

  @Test
  void saysWhatIsNotJson() {
    assertThatThrownBy(() -> Json.parse("{", "the lease"))
        .isInstanceOf(JsonException.class)
        .hasMessageStartingWith("the lease is not JSON (Unexpected end-of-input")
        .hasCauseInstanceOf(JsonProcessingException.class);
  }

  @Test
  void aDistinctTreeHasNoFieldTwice() throws Exception {
    byte[] twice = "{\"a\": 1, \"a\": 2}".getBytes(StandardCharsets.UTF_8);

    assertThat(Json.tree(twice).get("a").asInt()).isEqualTo(2);
    assertThatThrownBy(() -> Json.distinctTree(twice)).isInstanceOf(JsonProcessingException.class);
  }

  @Test
  void plainValuesComeBackAsTheyWere() {
    for (Object value : List.of("a", true, 7L, 0.1, List.of(1L, 0.5, "b", List.of()))) {
      assertThat(Json.value(Json.node(value), "it")).isEqualTo(value);
    }
    refused(
        () -> Json.value(NODE.get("strings"), "arg"),
        "field 'arg' is neither string, boolean, number nor list: {\"k\":\"v\"}");
  }

  @Test
  void arraysComeBackAsTheyWere() {
    ObjectNode node = Json.object();
    node.set("ints", Json.node(new int[] {1, -2}));
    node.set("longs", Json.node(new long[] {Long.MAX_VALUE, 0}));
    node.set("doubles", Json.node(new double[] {0.1, 0, Double.MIN_VALUE}));
    node.set("booleans", Json.node(new boolean[] {true, false}));
    JsonNode read = Json.parse(node.toString(), "it");

    assertThat(Json.array(read, "ints", int[].class)).containsExactly(1, -2);
    assertThat(Json.array(read, "longs", long[].class)).containsExactly(Long.MAX_VALUE, 0);
    assertThat(Json.array(read, "doubles", double[].class))
        .containsExactly(0.1, 0, Double.MIN_VALUE);
    assertThat(Json.array(read, "booleans", boolean[].class)).containsExactly(true, false);
    assertThat(Json.array(read, "absent", int[].class)).isEmpty();
    refused(() -> Json.array(NODE, "strings", int[].class), "field 'strings' is no int[]");
  }

  @Test
  void whatJsonHasNoNumberForComesBackAsNan() {
    ObjectNode node = Json.object();
    Json.put(node, "finite", 1.5);
    Json.put(node, "infinite", Double.NEGATIVE_INFINITY);

    assertThat(node).hasToString("{\"finite\":1.5,\"infinite\":null}");
    assertThat(Json.numberOrNan(node, "finite")).isEqualTo(1.5);
    assertThat(Json.numberOrNan(node, "infinite")).isNaN();
    assertThat(Json.numberOrNan(node, "absent")).isNaN();
  }

  private static void refused(ThrowingCallable reading, String message) {
    assertThatThrownBy(reading).isInstanceOf(JsonException.class).hasMessage(message);
  }

  @Test
  void readsALongListElementByElement() throws IOException {
    List<Integer> found = new ArrayList<>();
    Json.forEach(text("[1, 2]"), element -> found.add(element.asInt()));
    Json.forEach(
        text("{\"a\": {\"it\": [9]}, \"it\": [3, 4], \"z\": 1}"),
        "it",
        element -> found.add(element.asInt()));
    assertThat(found).containsExactly(1, 2, 3, 4);
    refused(() -> Json.forEach(text("{}"), element -> {}), "the text is not a list");
    refused(() -> Json.forEach(text("[]"), "it", element -> {}), "the text is not an object");
    refused(() -> Json.forEach(text("{\"a\": 1}"), "it", element -> {}), "field 'it' is missing");
    refused(
        () -> Json.forEach(text("{\"it\": 1}"), "it", element -> {}), "field 'it' is not a list");
    assertThatThrownBy(() -> Json.forEach(text("[1, "), element -> {}))
        .isInstanceOf(JsonException.class)
        .hasMessageStartingWith("it is not JSON (Unexpected end-of-input");
  }

  private static InputStream text(String json) {
    return new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
  }
}
