package io.robusttrain.config;

import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import java.io.Serializable;

/**
 * Group {@code distribution}: executors, replicas and their exchange.
 *
 * @param executors executors that take part; open: those that Spark has
 * @param replicas what a model replica owns
 * @param threads threads of a replica's arithmetic; open: from the thread plan
 * @param compression exchange of gradients and weights
 */
public record DistributionConfig(
    @ChangesNoResult Setting<Integer> executors,
    @ChangesNoResult Replicas replicas,
    @ChangesNoResult Setting<Integer> threads,
    Compression compression)
    implements Serializable {

  /** What a model replica owns. */
  public enum Replicas {
    /** One replica per executor, which uses its cores together. */
    EXECUTOR,
    /** One replica per core of an executor. */
    CORE
  }

  /** How numbers travel when gradients and weights are exchanged. */
  public enum Compression {
    /** As they are, in float32. */
    NONE,
    /** Rounded to 16 bits, those of bfloat16; they are added in float32. */
    FP16
  }

  static DistributionConfig from(Section section) {
    return new DistributionConfig(
        section.setting("executors", Parsers.count(1, 100_000)),
        section.get("replicas", Parsers.choice(Replicas.class)),
        section.setting("threads", Parsers.count(1, 1024)),
        section.get("compression", Parsers.choice(Compression.class)));
  }
}
