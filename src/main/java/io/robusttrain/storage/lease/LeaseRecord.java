package io.robusttrain.storage.lease;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Content of a lease file.
 *
 * @param id of the owner's claim, unique
 * @param owner the process
 * @param since when it became the owner, by its own clock
 * @param ttl after which without a new beat the owner counts as gone
 * @param beat grows with every sign of life
 * @param phase whether the owner is at work or has ended
 */
record LeaseRecord(
    String id, LeaseOwner owner, Instant since, Duration ttl, long beat, Phase phase) {
  enum Phase {
    /** The owner says so with every beat. */
    HELD,
    RELEASED
  }

  LeaseRecord next() {
    return new LeaseRecord(id, owner, since, ttl, beat + 1, Phase.HELD);
  }

  LeaseRecord released() {
    return new LeaseRecord(id, owner, since, ttl, beat + 1, Phase.RELEASED);
  }

  String sinceText() {
    return since.truncatedTo(ChronoUnit.SECONDS).toString().replace("T", " ").replace("Z", " UTC");
  }

  byte[] toBytes() {
    return Json.object()
        .put("format_version", 1)
        .put("id", id)
        .put("host", owner.host())
        .put("machine", owner.machine())
        .put("pid", owner.pid())
        .put("process_started", owner.started())
        .put("user", owner.user())
        .put("since", since.toString())
        .put("ttl_ms", ttl.toMillis())
        .put("beat", beat)
        .put("released", phase == Phase.RELEASED)
        .toPrettyString()
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Inverse of {@link #toBytes}.
   *
   * @throws JsonException if this is none, such as the first bytes of one
   */
  static LeaseRecord parse(String text) {
    JsonNode node = Json.parse(text, "the lease");
    return new LeaseRecord(
        Json.text(node, "id"),
        new LeaseOwner(
            Json.text(node, "host"),
            Json.text(node, "machine"),
            Json.whole(node, "pid"),
            Json.whole(node, "process_started"),
            Json.text(node, "user")),
        Instant.parse(Json.text(node, "since")),
        Duration.ofMillis(Json.whole(node, "ttl_ms")),
        Json.whole(node, "beat"),
        Json.field(node, "released").asBoolean() ? Phase.RELEASED : Phase.HELD);
  }
}
