package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SealedJsonTest {
  @Test
  void whatWasSealedIsReadWithoutItsSeal() throws IOException {
    ObjectNode object = Json.object().put("loss", 0.1).put("name", "größer");
    ObjectNode read = (ObjectNode) Json.tree(SealedJson.bytes(object));

    assertThat(object.has("sha256")).isFalse();
    assertThat(read.get("sha256").asText()).isEqualTo(Sha256.of(object.toString()));
    assertThat(SealedJson.unseal(read)).isTrue();
    assertThat(read).isEqualTo(object);
  }

  @Test
  void aChangeOfOneCharacterIsSeen() throws IOException {
    String text =
        new String(SealedJson.bytes(Json.object().put("step", 7)), StandardCharsets.UTF_8);

    assertThat(SealedJson.unseal(Json.parse(text.replace('7', '8'), "it"))).isFalse();
  }

  @Test
  void anObjectWithoutASealIsRefused() {
    assertThatThrownBy(() -> SealedJson.unseal(Json.object().put("step", 7)))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("sha256");
  }
}
