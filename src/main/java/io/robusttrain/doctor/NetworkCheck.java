package io.robusttrain.doctor;

import io.robusttrain.base.ByteUnit;
import io.robusttrain.base.Figures;
import io.robusttrain.doctor.Demands.Network;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import io.robusttrain.engine.ExchangeCost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the measured rates mean for a step: each executor receives its share of all weights and of
 * all gradients.
 *
 * @param load what the run exchanges and computes, if a run is planned
 * @param cores of an executor
 * @param network {@link Network#EVERY_PAIR} if executors exchange without Spark
 */
public record NetworkCheck(Optional<Demands.Load> load, int cores, Network network) {
  /**
   * A guess at what a core does in forwards and backwards, in operations a second: an FGSM step of
   * XCiT-S12 ran at 30e9 on each of two cores.
   */
  private static final double CORE_RATE = 30e9;

  /** What Spark itself takes for a step: less is not noticed. */
  private static final double SHORT_SECONDS = 0.3;

  private static final double SLOW_LATENCY = 0.1;

  private static final String NAME = "network";
  private static final String FASTER =
      "raise train.global-batch, use fewer executors with more cores or a faster network";

  /**
   * One line for each executor that reached no neighbour, and one for all others together.
   *
   * @param measured by executor
   */
  public List<Line> judge(Map<Place, NetworkProbe.Rate> measured) {
    List<Line> lines = new ArrayList<>();
    Map<Place, NetworkProbe.Rate> rates = new TreeMap<>();
    measured.forEach(
        (place, rate) -> {
          if (rate.problem().isEmpty()) {
            rates.put(place, rate);
          } else {
            lines.add(new Line(NAME, List.of(place), unreachable(rate)));
          }
        });
    if (!rates.isEmpty()) {
      lines.add(new Line(NAME, List.copyOf(rates.keySet()), speed(rates)));
    }
    return lines;
  }

  private static Finding unreachable(NetworkProbe.Rate rate) {
    return Finding.failed(
        "cannot fetch a block " + rate.problem(),
        "open the executors' ports to each other: spark.blockManager.port, and check that host names resolve");
  }

  private Finding speed(Map<Place, NetworkProbe.Rate> rates) {
    double slowest =
        rates.values().stream().mapToDouble(NetworkProbe.Rate::bytesPerSecond).min().orElse(0);
    double latency =
        rates.values().stream().mapToDouble(NetworkProbe.Rate::latencySeconds).max().orElse(0);
    String text =
        Figures.format(
            "at least %.0f MB/s and at most %.0f ms from neighbour to neighbour",
            slowest / 1e6, Math.ceil(latency * 1e3));
    if (load.isEmpty()) {
      return latency < SLOW_LATENCY ? Finding.ok(text) : Finding.warning(text, FASTER);
    }
    int executors = rates.size();
    double exchanged = ExchangeCost.bytes(executors, load.get().exchangedBytes());
    double exchange = exchanged / slowest + 2 * latency;
    double compute = load.get().stepOperations() / (cores * CORE_RATE);
    String estimate =
        text
            + Figures.format(
                "; a step exchanges %s in about %.2f s and computes for about %.2f s",
                ByteUnit.rounded((long) exchanged), exchange, compute);
    String hint =
        network == Network.EVERY_PAIR ? "" : hint(executors, exchanged, exchange + compute);
    return exchange > compute && exchange > SHORT_SECONDS
        ? Finding.warning(estimate + hint, remedy(load.get()))
        : Finding.ok(estimate + hint);
  }

  /** What the other engine would save, if it is much. */
  private static String hint(int executors, double exchanged, double others) {
    double saved = ExchangeCost.savedSeconds(executors, exchanged);
    return ExchangeCost.isWorthSaying(saved, others + saved)
        ? Figures.format(
            "; distribution.engine=collective would save about %.1f s of the %.1f s of a step",
            saved, others + saved)
        : "";
  }

  /** Half the bytes help where bytes are what takes long, and nobody has halved them before. */
  private static String remedy(Demands.Load load) {
    return load.halved()
        ? FASTER
        : FASTER
            + ", or distribution.compression=fp16 (gradients and weights are rounded to 8 significant bits on their way)";
  }
}
