package io.robusttrain.config;

import io.robusttrain.config.value.Key;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import java.io.Serializable;
import java.time.Duration;

/**
 * Group {@code recovery}: what a run does when executors are lost or stand still, and when it is
 * told to end.
 *
 * @param maxAttempts how often a run may go on from its newest checkpoint without getting further
 *     than before; 0: never
 * @param patience how long lost executors may take to come back before the run goes on without them
 * @param minExecutors fewer executors than these do not train
 * @param stallTimeout time without a finished step after which a run stands still; open: from the
 *     steps before
 * @param grace time from SIGTERM until the current step is abandoned
 * @param storageTimeout how long the storage may be out of reach before the run ends
 */
public record RecoveryConfig(
    int maxAttempts,
    @Key("wait") Duration patience,
    int minExecutors,
    Setting<Duration> stallTimeout,
    Duration grace,
    Duration storageTimeout)
    implements Serializable {

  static RecoveryConfig from(Section section) {
    return new RecoveryConfig(
        section.get("max-attempts", Parsers.count(0, 1000)),
        section.get("wait", Parsers.duration(Duration.ZERO, Duration.ofDays(7))),
        section.get("min-executors", Parsers.count(1, 100_000)),
        section.setting(
            "stall-timeout", Parsers.duration(Duration.ofSeconds(1), Duration.ofDays(7))),
        section.get("grace", Parsers.duration(Duration.ofSeconds(1), Duration.ofDays(1))),
        section.get("storage-timeout", Parsers.duration(Duration.ZERO, Duration.ofDays(7))));
  }
}
