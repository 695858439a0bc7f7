package io.robusttrain.speed.profile;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * When an operation ran.
 *
 * @param name such as {@code aten::mm}
 * @param begin seconds since the recording began
 * @param seconds until it ended, what it called included
 */
record Timing(String name, double begin, double seconds) {
  private static final double MICROS = 1e6;

  /**
   * Reads what libtorch wrote, in the order in which operations ended.
   *
   * @throws ProfileException if the file is not what libtorch 2.10 writes
   */
  static List<Timing> read(Path file) throws IOException {
    List<Timing> timings = new ArrayList<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      Json.forEach(in, event -> timings.add(of(event)));
    } catch (JsonException damaged) {
      throw new ProfileException(
          "libtorch's record of a step's times cannot be read (%s): free some space in %s, or time the step without --profile"
              .formatted(damaged.getMessage(), file.getParent()),
          damaged);
    }
    return timings;
  }

  private static Timing of(JsonNode event) {
    return new Timing(
        Json.text(event, "name"),
        Json.number(event, "ts") / MICROS,
        Json.number(event, "dur") / MICROS);
  }

  double end() {
    return begin + seconds;
  }
}
