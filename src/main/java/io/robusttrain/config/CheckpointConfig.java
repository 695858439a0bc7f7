package io.robusttrain.config;

import java.io.Serializable;

/**
 * Group {@code checkpoint}.
 *
 * @param every epochs between two checkpoints
 * @param keep checkpoints kept, at least 1; the newest and the best always are
 */
public record CheckpointConfig(@Unit(Unit.Kind.EPOCHS) int every, int keep)
    implements Serializable {

  static CheckpointConfig from(Section section) {
    return new CheckpointConfig(
        section.get("every", Parsers.epochs(1)), section.get("keep", Parsers.count(1, 100_000)));
  }
}
