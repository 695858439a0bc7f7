package io.robusttrain.data.shard;

/** What a set has at a sample's place: an image, or the reason why there is none. */
public sealed interface SourceSample permits EncodedImage, BadSample {
  /** Its id in the set. */
  long sampleId();
}
