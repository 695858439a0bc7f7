package io.robusttrain.config;

import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.ChangesNoResult.Of;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.data.shard.SampleRules;
import java.io.Serializable;

/**
 * Group {@code data}: the images and the way they reach a step.
 *
 * @param path folder of the data set, a path or a Hadoop URI
 * @param trainSplit split that is trained on
 * @param valSplit split that is validated on
 * @param imageColumn column of the images in both sets
 * @param labelColumn column of the class indices in both sets
 * @param exifOrientation what becomes of the orientation that an image notes in its EXIF data
 * @param shuffle how an epoch is ordered
 * @param shuffleWindow images in the shuffle window of {@link Shuffle#BLOCKS}
 * @param cacheMemory bytes of encoded images kept per executor
 * @param decodeThreads threads that decode and augment per executor; open: from the thread plan
 * @param prefetchSteps steps decoded ahead
 * @param lastBatch what becomes of the samples that do not fill a global batch
 * @param extra a second set in a share of each micro-batch
 * @param onError what a sample does that cannot be read or decoded while the run is going
 * @param maxSkipped largest fraction of an epoch's samples, in [0, 1], that {@link
 *     SampleRules.OnError#SKIP} accepts
 * @param maxPixels images with more pixels are bad; refused by their header, before decoding
 * @param maxEncodedBytes images whose encoded bytes are more are bad
 */
public record DataConfig(
    String path,
    String trainSplit,
    String valSplit,
    String imageColumn,
    String labelColumn,
    ExifOrientation exifOrientation,
    Shuffle shuffle,
    int shuffleWindow,
    @ChangesNoResult @Unit(Unit.Kind.BYTES) long cacheMemory,
    @ChangesNoResult Setting<Integer> decodeThreads,
    @ChangesNoResult int prefetchSteps,
    LastBatch lastBatch,
    ExtraDataConfig extra,
    @ChangesNoResult(Of.STEP) SampleRules.OnError onError,
    @ChangesNoResult(Of.STEP) double maxSkipped,
    @ChangesNoResult(Of.STEP) long maxPixels,
    @ChangesNoResult(Of.STEP) @Unit(Unit.Kind.BYTES) long maxEncodedBytes)
    implements Serializable {

  /** How an epoch is ordered. */
  public enum Shuffle {
    /** {@link #FULL} if the encoded split fits into the cache, else {@link #BLOCKS}. */
    AUTO,
    /** One permutation of the whole split. */
    FULL,
    /** Shuffled shards, shuffled again within a window. */
    BLOCKS
  }

  /** What a sample of the set must be to be used, and what happens to one that is not. */
  public SampleRules sampleRules() {
    return new SampleRules(onError, maxSkipped, maxPixels, maxEncodedBytes, exifOrientation);
  }

  /** The columns that hold images and labels. */
  public ImageColumns columns() {
    return new ImageColumns(imageColumn, labelColumn);
  }

  static DataConfig from(Section section) {
    return new DataConfig(
        section.get("path", Parsers.text()),
        section.get("train-split", Parsers.text()),
        section.get("val-split", Parsers.text()),
        section.get("image-column", Parsers.text()),
        section.get("label-column", Parsers.text()),
        section.get("exif-orientation", Parsers.choice(ExifOrientation.class)),
        section.get("shuffle", Parsers.choice(Shuffle.class)),
        section.get("shuffle-window", Parsers.count(1, Integer.MAX_VALUE)),
        section.get("cache-memory", Parsers.bytes()),
        section.setting("decode-threads", Parsers.count(1, 1024)),
        section.get("prefetch-steps", Parsers.count(0, 1024)),
        section.get("last-batch", Parsers.choice(LastBatch.class)),
        ExtraDataConfig.from(section.group("extra")),
        section.get("on-error", Parsers.choice(SampleRules.OnError.class)),
        section.get("max-skipped", Parsers.real(0, 1)),
        section.get("max-pixels", Parsers.whole(1, 715_827_882)),
        section.get("max-encoded-bytes", Parsers.bytes()));
  }

  void check(Reading reading) {
    reading.demand(
        !imageColumn.equals(labelColumn),
        "%s cannot hold both images and labels; name a column for each".formatted(labelColumn),
        "data.label-column",
        "data.image-column");
  }
}
