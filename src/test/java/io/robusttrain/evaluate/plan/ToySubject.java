package io.robusttrain.evaluate.plan;

import io.robusttrain.attack.ToyCnn;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.LayerSummary;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.TimmModel;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.pretrained.AdaptationReport;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** The recorded network as the subject of an evaluation, planned as a network of its size is. */
public final class ToySubject {
  /** The side of its images in pixels. */
  public static final int SIDE = 16;

  private ToySubject() {}

  /**
   * The subject of all images of a split.
   *
   * @param fixture {@link ToyCnn#RESOURCE}
   * @param images of {@link #SIDE} pixels, in ten classes
   */
  public static Subject of(SafetensorsFixture fixture, ImageSet images) {
    ToyArchitecture architecture = new ToyArchitecture();
    Preprocessing preprocessing = architecture.defaultPreprocessing();
    float[] weights = new float[architecture.layout().size()];
    try (FlatParameters parameters = ToyCnn.parameters(fixture)) {
      parameters.store(weights, 0);
    }
    EvaluatedModel.Fitting fitting =
        new EvaluatedModel.Fitting(
            new UsedNormalization(PixelStatistics.NONE, "recorded"),
            Optional.empty(),
            new AdaptationReport(ToyCnn.RESOURCE, List.of()),
            true);
    return new Subject(
        new EvaluatedModel(
            architecture,
            preprocessing,
            images.classNames(),
            Optional.empty(),
            new TreeMap<>(),
            ToyCnn.RESOURCE,
            "",
            fitting,
            weights),
        PreprocessingChoice.CHECKPOINT.transform(preprocessing),
        "pixels as they are",
        images,
        LongStream.range(0, images.sampleCount()).toArray(),
        "all",
        Blocking.of(
            Optional.empty(), Optional.empty(), architecture.macsPerImage(), ComputeDevice.CPU),
        1,
        ComputeDevice.CPU,
        new TreeMap<>());
  }

  private record ToyArchitecture() implements Architecture {
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
      return "toy_cnn";
    }

    @Override
    public Map<String, Object> arguments() {
      return Map.of();
    }

    @Override
    public int numClasses() {
      return 10;
    }

    @Override
    public ImageSize image() {
      return new ImageSize(SIDE, SIDE);
    }

    @Override
    public Optional<TimmModel> timm() {
      return Optional.empty();
    }

    @Override
    public ParameterLayout layout() {
      return ToyCnn.LAYOUT;
    }

    @Override
    public List<String> batchNorms() {
      return List.of("bn2", "bn3");
    }

    @Override
    public Preprocessing defaultPreprocessing() {
      PixelStatistics none = PixelStatistics.NONE;
      return new Preprocessing(SIDE, SIDE, none.mean(), none.std(), 1, "bicubic");
    }

    @Override
    public List<LayerSummary> layers() {
      return List.of();
    }

    /** Output pixels times output channels times the length of a sum, layer by layer. */
    @Override
    public long macsPerImage() {
      return 16 * 16 * 12 * 27 + 8 * 8 * 24 * 108 + 4 * 4 * 32 * 216 + 10 * 512;
    }

    @Override
    public Map<String, Integer> layerIds() {
      return Map.of();
    }

    @Override
    public void initialize(FlatParameters parameters, SeedKey key) {
      throw new UnsupportedOperationException("the recorded network has its weights");
    }

    @Override
    public Classifier bind(FlatParameters parameters) {
      return new ToyCnn(parameters);
    }
  }
}
