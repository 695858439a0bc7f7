package io.robusttrain.config;

import io.robusttrain.config.value.BadValueException;
import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.Parser;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import java.io.Serializable;
import java.util.List;

/**
 * Group {@code distribution}: executors, replicas and their exchange.
 *
 * @param engine what moves gradients and weights between executors; open: BigDL
 * @param executors executors that take part; open: those that Spark has
 * @param replicas what a model replica owns
 * @param threads threads of a replica's arithmetic; open: from the thread plan
 * @param compression exchange of gradients and weights
 * @param ports the first and the last port on which the driver listens for the workers of the
 *     collective engine; open: any that is free
 * @param overlap whether the collective engine exchanges while samples are loaded and gradients are
 *     computed; open: it does
 */
public record DistributionConfig(
    @ChangesNoResult Setting<Engine> engine,
    @ChangesNoResult Setting<Integer> executors,
    @ChangesNoResult Replicas replicas,
    @ChangesNoResult Setting<Integer> threads,
    Compression compression,
    @ChangesNoResult Setting<List<Integer>> ports,
    @ChangesNoResult Setting<Boolean> overlap)
    implements Serializable {
  private static final int LARGEST_PORT = 65_535;

  /** What moves gradients and weights between executors. */
  public enum Engine {
    /** BigDL's DistriOptimizer, through Spark's block managers. */
    BIGDL,
    /** Connections of c10d between workers in a barrier stage. */
    COLLECTIVE
  }

  /** What a model replica owns. */
  public enum Replicas {
    /** One replica per executor, which uses its cores together. */
    EXECUTOR,
    /** One replica per core of an executor. */
    CORE,
    /** The most replicas, up to one per core, that share the micro-batches equally. */
    AUTO
  }

  /** How numbers travel when gradients and weights are exchanged. */
  public enum Compression {
    /** As they are, in float32. */
    NONE(Float.BYTES),
    /** Rounded to 16 bits, those of bfloat16; they are added in float32. */
    FP16(Short.BYTES);

    private final int elementBytes;

    Compression(int elementBytes) {
      this.elementBytes = elementBytes;
    }

    /** Bytes of an element on its way. */
    public int elementBytes() {
      return elementBytes;
    }
  }

  /** The engine that is meant where none is chosen: BigDL. */
  public Engine chosenEngine() {
    return engine.orElse(Engine.BIGDL);
  }

  static DistributionConfig from(Section section) {
    return new DistributionConfig(
        section.get("engine", Parsers.choiceOrAuto(Engine.class)),
        section.setting("executors", Parsers.count(1, 100_000)),
        section.get("replicas", Parsers.choice(Replicas.class)),
        section.setting("threads", Parsers.count(1, 1024)),
        section.get("compression", Parsers.choice(Compression.class)),
        section.setting("ports", range()),
        section.setting("overlap", Parsers.flag()));
  }

  private static Parser<List<Integer>> range() {
    Parser<List<Integer>> numbers = Parsers.list(2, Parsers.count(1, LARGEST_PORT));
    return value -> {
      List<Integer> ends = numbers.parse(value);
      if (ends.get(0) > ends.get(1)) {
        throw new BadValueException(
            "[%d, %d] is not ordered; write [first, last]".formatted(ends.get(0), ends.get(1)));
      }
      return ends;
    };
  }
}
