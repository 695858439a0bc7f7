package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.oracle.Spread;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The recorded tiny models: their architectures, their weights in files, their logits. */
final class Tiny {
  static final SeedKey KEY = SeedKey.of(42).with("init");
  static final Map<String, Object> DEIT = transformer(48, 3);
  static final Map<String, Object> CAIT = transformer(32, 4);
  static final Map<String, Object> XCIT =
      Map.of("img_size", 64, "embed_dim", 32, "depth", 2, "num_heads", 4);
  static final Map<String, Object> STAGES =
      Map.of("img_size", 64, "depths", List.of(1, 1, 2, 1), "dims", List.of(8, 16, 24, 32));

  private Tiny() {}

  private static Map<String, Object> transformer(int dim, int heads) {
    return Map.of(
        "img_size", 32, "patch_size", 8, "embed_dim", dim, "depth", 2, "num_heads", heads);
  }

  /** A member of ten classes. */
  static Architecture of(String model, Map<String, ?> arguments) {
    return ModelRegistry.create(model, ModelOptions.of(arguments).withNumClasses(10));
  }

  static Architecture xcit() {
    return of("xcit_small_12_p16_224", XCIT);
  }

  static Architecture resNet(String model, int side, List<Integer> layers) {
    return of(
        model, Map.of("img_size", side, "layers", layers, "channels", List.of(8, 12, 16, 20)));
  }

  static SafetensorsFixture golden(String file) {
    return SafetensorsFixture.read("golden/models/" + file + ".safetensors");
  }

  /** The state dict of a recorded model, under changed names; a name that becomes empty goes. */
  static List<NamedTensor> stateDict(String file, UnaryOperator<String> renamed) {
    SafetensorsFixture golden = golden(file);
    List<NamedTensor> tensors = new ArrayList<>();
    for (String name : golden.names("model.")) {
      String changed = renamed.apply(name.substring("model.".length()));
      if (changed.isEmpty()) {
        continue;
      }
      if (name.endsWith("num_batches_tracked")) {
        tensors.add(NamedTensor.longs(changed, List.of(), golden.ints(name)[0]));
      } else {
        List<Long> shape = Arrays.stream(golden.shape(name)).boxed().toList();
        tensors.add(NamedTensor.floats(changed, shape, golden.floats(name)));
      }
    }
    return tensors;
  }

  /** A safetensors file such as others write. */
  static Path write(Path file, List<NamedTensor> tensors) throws IOException {
    Files.createDirectories(file.getParent());
    try (OutputStream out = Files.newOutputStream(file)) {
      SafetensorsWriter.write(out, Map.of("format", "pt"), tensors);
    }
    return file;
  }

  /** A model file of this project. */
  static Path writeModel(
      Path file, Architecture architecture, Preprocessing preprocessing, List<NamedTensor> tensors)
      throws IOException {
    ModelCard card =
        new ModelCard(
            ArchitectureCard.of(architecture.name(), architecture.arguments()),
            new PreprocessingCard(
                List.of(3, preprocessing.height(), preprocessing.width()),
                preprocessing.interpolation(),
                preprocessing.cropFraction(),
                preprocessing.mean(),
                preprocessing.std()),
            List.of(),
            Optional.empty(),
            Provenance.of(Map.of()));
    Files.createDirectories(file.getParent());
    try (OutputStream out = Files.newOutputStream(file)) {
      ModelFile.write(out, card, tensors);
    }
    return file;
  }

  /** Fits a file, with pixels as they are unless the architecture is behind a normaliser. */
  static AdaptedWeights fit(Path file, Architecture architecture, AdaptationOptions options)
      throws IOException {
    return fit(file, architecture, architecture.defaultPreprocessing().unnormalized(), options);
  }

  static AdaptedWeights fit(
      Path file, Architecture architecture, Preprocessing preprocessing, AdaptationOptions options)
      throws IOException {
    try (WeightsFile weights =
        WeightsLocation.open(file.toString(), new Configuration(false), Optional.empty())) {
      return Adaptation.fit(weights, architecture, preprocessing, options, KEY);
    }
  }

  /** The changes of one kind in a report, in order. */
  static List<String> texts(AdaptationReport report, AdaptationReport.Kind kind) {
    return report.changes().stream()
        .filter(change -> change.kind() == kind)
        .map(AdaptationReport.Change::text)
        .toList();
  }

  /** One tensor of a flat vector. */
  static float[] tensor(Architecture architecture, float[] values, String name) {
    int offset = architecture.layout().offset(name);
    long elements = architecture.layout().find(name).orElseThrow().elements();
    return Arrays.copyOfRange(values, offset, offset + Math.toIntExact(elements));
  }

  /** What the layers without weights start from. */
  static float[] initialValues(Architecture architecture) {
    try (FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU)) {
      architecture.initialize(parameters, KEY);
      float[] values = new float[architecture.layout().size()];
      parameters.store(values, 0);
      return values;
    }
  }

  /**
   * The spread of the float64 logits, named {@code logits}, of recorded pixels in eval mode: of
   * changes as large as float32's backward error of sums over B, H, W.
   */
  static Spread logits(
      Architecture architecture, float[] weights, SafetensorsFixture recording, String pixels) {
    long[] shape = recording.shape(pixels);
    double size = Perturbation.ofSums(shape[0] * shape[2] * shape[3]);
    return Spread.of(
        size,
        moved ->
            Map.of(
                "logits", logits(architecture, weights, recording.floats(pixels), shape, moved)));
  }

  private static double[] logits(
      Architecture architecture,
      float[] weights,
      float[] pixels,
      long[] shape,
      Perturbation perturbation) {
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters =
            new FlatParameters(architecture.layout(), ComputeDevice.CPU, ScalarType.Double)) {
      parameters.load(weights, 0);
      perturbation.move(parameters.values(), "weights");
      Tensor x = Tensors.of(pixels, ComputeDevice.CPU, shape).to(ScalarType.Double);
      perturbation.move(x, "pixels");
      try (Classifier model = architecture.bind(parameters)) {
        return Doubles.of(model.forward(x, ForwardPass.eval()));
      }
    }
  }
}
