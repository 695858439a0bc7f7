package io.robusttrain.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;

/** Values of the published training code, one per epoch. */
final class Golden {
  private Golden() {}

  /** The whole file. */
  static JsonNode read(String name) throws IOException {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/training/" + name)) {
      return new ObjectMapper().readTree(in);
    }
  }

  /** The values of one case. */
  static double[] values(JsonNode file, String name, String field) {
    JsonNode array = file.path(name).path(field);
    assertThat(array.isArray()).as("%s / %s", name, field).isTrue();
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).doubleValue();
    }
    return values;
  }
}
