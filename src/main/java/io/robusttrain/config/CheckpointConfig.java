package io.robusttrain.config;

import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.ChangesNoResult.Of;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import io.robusttrain.storage.CommitProtocol;
import java.io.Serializable;
import java.time.Duration;

/**
 * Group {@code checkpoint}: when a checkpoint is written, and how many are kept.
 *
 * @param every epochs between two checkpoints at ends of epochs
 * @param everySteps steps of the run between two checkpoints inside epochs; open: none
 * @param everyTime wall time after the last checkpoint when one is written inside an epoch; zero:
 *     never for that reason
 * @param keep checkpoints kept, at least 1; the newest and the best always are
 * @param keepEvery epochs between two checkpoints at ends of epochs that are kept for good; open:
 *     none
 * @param commit what makes a checkpoint complete; open: what the file system can do
 */
public record CheckpointConfig(
    @ChangesNoResult(Of.STEP) @Unit(Unit.Kind.EPOCHS) int every,
    @ChangesNoResult Setting<Long> everySteps,
    @ChangesNoResult Duration everyTime,
    @ChangesNoResult int keep,
    @ChangesNoResult @Unit(Unit.Kind.EPOCHS) Setting<Integer> keepEvery,
    @ChangesNoResult Setting<CommitProtocol> commit)
    implements Serializable {

  static CheckpointConfig from(Section section) {
    return new CheckpointConfig(
        section.get("every", Parsers.epochs(1)),
        section.setting("every-steps", Parsers.whole(1, Long.MAX_VALUE)),
        section.get("every-time", Parsers.duration(Duration.ZERO, Duration.ofDays(365))),
        section.get("keep", Parsers.count(1, 100_000)),
        section.setting("keep-every", Parsers.epochs(1)),
        section.get("commit", Parsers.choiceOrAuto(CommitProtocol.class)));
  }
}
