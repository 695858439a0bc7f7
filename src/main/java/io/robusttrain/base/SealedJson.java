package io.robusttrain.base;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/**
 * JSON objects that carry the SHA-256 of all else that they say, so that damage is seen. Numbers
 * are written in their shortest exact form: the text of an object that was read is what was
 * written.
 */
public final class SealedJson {
  private static final String SEAL = "sha256";

  private SealedJson() {}

  /** The object with its seal as its last field, as UTF-8. */
  public static byte[] bytes(ObjectNode object) {
    ObjectNode sealed = object.deepCopy();
    sealed.put(SEAL, Sha256.of(object.toString()));
    return sealed.toPrettyString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Takes the seal off an object and tells whether the rest is as it was sealed.
   *
   * @throws JsonException if it is no object or has no seal
   */
  public static boolean unseal(JsonNode sealed) {
    String seal = Json.text(sealed, SEAL);
    ((ObjectNode) sealed).remove(SEAL);
    return Sha256.of(sealed.toString()).equals(seal);
  }
}
