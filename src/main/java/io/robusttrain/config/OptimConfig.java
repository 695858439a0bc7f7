package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.schedule.LearningRateScaling;
import java.io.Serializable;
import java.util.List;

/**
 * Group {@code optim}: the optimiser.
 *
 * @param type the optimiser
 * @param lr peak learning rate, before {@code lrScaling}
 * @param lrScaling how lr follows the global batch
 * @param lrBaseSize batch for which lr is meant
 * @param weightDecay weight decay; decoupled in AdamW
 * @param betas AdamW: decay of the first and the second moment
 * @param eps AdamW: added to the root of the second moment
 * @param momentum SGD: momentum, [0,1)
 * @param nesterov SGD: Nesterov's momentum
 * @param clipGradNorm largest 2-norm of the gradient; open: not clipped
 * @param layerDecay each layer's learning rate is the next one's times this, (0,1]; open: 1
 * @param freeze beginnings of the names of tensors that are not trained; open: none
 * @param freezeUntil all layers before that of the tensors that begin so are not trained; open:
 *     none
 */
public record OptimConfig(
    Type type,
    double lr,
    LearningRateScaling lrScaling,
    int lrBaseSize,
    double weightDecay,
    List<Double> betas,
    double eps,
    double momentum,
    boolean nesterov,
    Setting<Double> clipGradNorm,
    Setting<Double> layerDecay,
    Setting<List<String>> freeze,
    Setting<String> freezeUntil)
    implements Serializable {

  /** The optimisers that a run can use. */
  public enum Type {
    ADAMW,
    SGD
  }

  public OptimConfig {
    betas = List.copyOf(betas);
  }

  /** The peak learning rate of a run with this global batch. */
  public double peakLr(int globalBatch) {
    return lrScaling.scale(lr, globalBatch, lrBaseSize);
  }

  static OptimConfig from(Section section) {
    return new OptimConfig(
        section.get("type", Parsers.choice(Type.class)),
        section.get("lr", Parsers.positive(1000)),
        section.get("lr-scaling", Parsers.choice(LearningRateScaling.class)),
        section.get("lr-base-size", Parsers.count(1, 10_000_000)),
        section.get("weight-decay", Parsers.real(0, 1000)),
        section.get("betas", Parsers.list(2, Parsers.realBelow(0, 1))),
        section.get("eps", Parsers.positive(1)),
        section.get("momentum", Parsers.realBelow(0, 1)),
        section.get("nesterov", Parsers.flag()),
        section.setting("clip-grad-norm", Parsers.positive(1e9)),
        section.setting("layer-decay", Parsers.positive(1)),
        section.setting("freeze", Parsers.list(Parsers.text())),
        section.setting("freeze-until", Parsers.text()));
  }

  void check(Reading reading) {
    reading.demand(
        type != Type.SGD || !nesterov || momentum > 0,
        "Nesterov's momentum needs optim.momentum above 0",
        "optim.nesterov",
        "optim.momentum");
  }
}
