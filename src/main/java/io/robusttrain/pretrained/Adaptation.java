package io.robusttrain.pretrained;

import io.robusttrain.base.Figures;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.DType;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.PositionTable;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.pretrained.AdaptationOptions.Layer;
import io.robusttrain.pretrained.AdaptationOptions.Strictness;
import io.robusttrain.pretrained.AdaptationReport.Change;
import io.robusttrain.pretrained.AdaptationReport.Kind;
import io.robusttrain.pretrained.PositionEmbedding.Grid;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** One fitting of a file's weights to an architecture: first compared whole, then read. */
public final class Adaptation {
  private static final String COUNTER = ".num_batches_tracked";

  private final WeightsFile file;
  private final Architecture architecture;
  private final AdaptationOptions options;
  private final SeedKey key;
  private final ParameterLayout layout;
  private final ReplaceableLayers layers;
  private final Optional<PositionEmbedding> positions;
  private final Map<String, PositionBias> biases;
  private final StoredNames stored;
  private final StoredNormalization normalization;
  private final List<Change> changes = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> unfit = new ArrayList<>();

  /** Tensors that keep their initial values: asked for, or for want of a tensor that fits. */
  private final List<String> initial = new ArrayList<>();

  /** Tensors that are read. */
  private final List<ParameterSpec> copied = new ArrayList<>();

  /** What is done to tensors of positions after they are read, by their names. */
  private final Map<String, UnaryOperator<float[]>> resizings = new HashMap<>();

  /** How many tables of relative positions are resized in the same way. */
  private final Map<String, Integer> tables = new LinkedHashMap<>();

  private Adaptation(
      WeightsFile file,
      Architecture architecture,
      Preprocessing preprocessing,
      AdaptationOptions options,
      SeedKey key) {
    this.file = file;
    this.architecture = architecture;
    this.options = options;
    this.key = key;
    this.layout = architecture.layout();
    this.layers = ReplaceableLayers.of(architecture);
    this.positions = PositionEmbedding.of(architecture);
    this.biases = PositionBias.of(architecture);
    this.stored = StoredNames.of(file.tensors(), architecture);
    this.normalization = new StoredNormalization(file, stored, preprocessing);
  }

  /**
   * Fits a file's weights to an architecture. Prefixes of wrappers ({@code module.}, {@code
   * _orig_mod.}, {@code model.}) and former names of a family are replaced; position embeddings are
   * interpolated to the architecture's grid; other differences are an error unless the options
   * allow them.
   *
   * @param file stays open
   * @param architecture what the weights are for
   * @param preprocessing the configured one, whose normalisation the file's must be
   * @param options what may be changed
   * @param key of the initial values that layers without weights get
   * @throws CheckpointException if the file does not fit; the message lists everything that is
   *     missing, unexpected or of another shape, and names what would help
   */
  public static AdaptedWeights fit(
      WeightsFile file,
      Architecture architecture,
      Preprocessing preprocessing,
      AdaptationOptions options,
      SeedKey key)
      throws IOException {
    return new Adaptation(file, architecture, preprocessing, options, key).run();
  }

  private AdaptedWeights run() throws IOException {
    noteNames();
    changes.addAll(normalization.check(options));
    ModelDifferences.of(file.card(), architecture).forEach(text -> note(Kind.NOTE, text));
    layout.specs().forEach(this::compare);
    noteTables();
    compareCounters();
    Differences differences = new Differences(missing, unexpected(), unfit);
    require(differences);
    noteDifferences(differences);
    noteTypes();
    float[] values = initial.isEmpty() ? new float[layout.size()] : initialValues();
    for (ParameterSpec spec : copied) {
      read(spec, values);
    }
    return new AdaptedWeights(values, new AdaptationReport(file.description(), changes));
  }

  private void compare(ParameterSpec spec) {
    TensorSpec found = stored.tensors().get(spec.name());
    if (replaced(spec.name())) {
      initial.add(spec.name());
    } else if (found == null) {
      missing.add(spec.name());
    } else if (!floating(found.dtype())) {
      unfit.add("%s is of type %s, not of floating point".formatted(found.name(), found.dtype()));
    } else if (fits(spec, found)) {
      copied.add(spec);
    } else {
      unfit.add("%s is %s instead of %s".formatted(spec.name(), found.shape(), spec.shape()));
    }
  }

  private boolean replaced(String name) {
    return (options.head() == Layer.REPLACE && layers.head().contains(name))
        || (options.stem() == Layer.REPLACE && layers.stem().contains(name));
  }

  private boolean fits(ParameterSpec spec, TensorSpec found) {
    Optional<PositionEmbedding> embedding =
        positions.filter(known -> known.name().equals(spec.name()));
    Optional<Grid> from = embedding.flatMap(known -> known.gridOf(found, file.card()));
    if (from.isEmpty() || from.equals(embedding.map(PositionEmbedding::grid))) {
      return found.shape().equals(spec.shape()) || resizedTable(spec.name(), found);
    }
    resizings.put(spec.name(), values -> embedding.get().resize(values, from.get()));
    note(
        Kind.RESIZED,
        "%s from a grid of %s to %s, bicubic with antialiasing as in timm"
            .formatted(spec.name(), from.get(), embedding.get().grid()));
    return true;
  }

  private boolean resizedTable(String name, TensorSpec found) {
    Optional<PositionBias> bias = Optional.ofNullable(biases.get(name));
    Optional<Integer> side = bias.flatMap(known -> known.sideOf(found));
    side.ifPresent(
        from -> {
          resizings.put(name, values -> bias.get().resize(values, from));
          PositionTable table = bias.get().table();
          tables.merge(
              "from windows of %dx%d to %dx%d".formatted(from, from, table.rows(), table.columns()),
              1,
              Integer::sum);
        });
    return side.isPresent();
  }

  private void noteTables() {
    tables.forEach(
        (sizes, count) ->
            note(
                Kind.RESIZED,
                "%s of relative positions %s, linear between distances in geometric progression as in timm"
                    .formatted(Figures.counted(count, "table"), sizes)));
  }

  /** The counters of batch norms do not enter the model; old files have none. */
  private void compareCounters() {
    long absent =
        architecture.batchNorms().stream()
            .filter(layer -> stored.tensors().containsKey(layer + ".running_mean"))
            .filter(layer -> !stored.tensors().containsKey(layer + COUNTER))
            .count();
    if (absent > 0) {
      note(
          Kind.NOTE,
          "num_batches_tracked is missing for %d of %d batch norms, as in files of old PyTorch versions; the model does not use it"
              .formatted(absent, architecture.batchNorms().size()));
    }
  }

  private List<String> unexpected() {
    Set<String> known = new HashSet<>();
    layout.specs().forEach(spec -> known.add(spec.name()));
    architecture.batchNorms().forEach(layer -> known.add(layer + COUNTER));
    return stored.besides(known);
  }

  private void require(Differences differences) {
    boolean nothing = copied.isEmpty();
    if (nothing || (options.strictness() == Strictness.STRICT && !differences.none())) {
      List<String> remedies =
          new Remedies(layers, layout, stored.tensors(), options.names()).of(unfit, missing);
      throw new CheckpointException(
          "%s does not hold the weights of %s%s: %s. %s"
              .formatted(
                  file.path(),
                  architecture.name(),
                  nothing ? " (no tensor fits)" : "",
                  differences.text(),
                  String.join(" ", remedies)));
    }
  }

  private void noteNames() {
    if (!stored.prefix().isEmpty()) {
      note(Kind.RENAMED, "prefix %s taken off".formatted(stored.prefix()));
    }
    stored
        .former()
        .forEach((before, now) -> note(Kind.RENAMED, "%s is now %s".formatted(before, now)));
    if (!stored.former().isEmpty() && architecture.arguments().containsKey("head")) {
      note(
          Kind.NOTE,
          "the names are of an older version of the model, whose head may compute otherwise with the same tensors; here it is head = %s (%s)"
              .formatted(
                  architecture.arguments().get("head"),
                  options.names().argument().formatted("head")));
    }
  }

  private void noteDifferences(Differences differences) {
    if (!initial.isEmpty()) {
      note(Kind.REINITIALIZED, String.join(", ", initial));
    }
    List<String> left = new ArrayList<>(missing);
    left.addAll(unfit);
    left.forEach(text -> note(Kind.INITIAL, text));
    differences.unexpected().forEach(text -> note(Kind.SKIPPED, text));
    Set<String> read = new HashSet<>();
    copied.forEach(spec -> read.add(spec.name()));
    layout.specs().stream()
        .map(ParameterSpec::name)
        .filter(name -> !read.contains(name) && !initial.contains(name))
        .forEach(initial::add);
  }

  private void noteTypes() {
    Map<DType, Integer> types = new EnumMap<>(DType.class);
    copied.forEach(spec -> types.merge(stored.tensors().get(spec.name()).dtype(), 1, Integer::sum));
    types.remove(DType.F32);
    types.forEach(
        (type, count) ->
            note(
                Kind.CONVERTED,
                "%d tensors of %s %s to float32"
                    .formatted(count, type, type == DType.F64 ? "rounded" : "widened exactly")));
  }

  private void note(Kind kind, String text) {
    changes.add(new Change(kind, text));
  }

  private float[] initialValues() {
    try (FlatParameters parameters = new FlatParameters(layout, ComputeDevice.CPU)) {
      architecture.initialize(parameters, key);
      float[] values = new float[layout.size()];
      parameters.store(values, 0);
      return values;
    }
  }

  private void read(ParameterSpec spec, float[] values) throws IOException {
    float[] tensor = file.floats(stored.tensors().get(spec.name()).name());
    tensor = resizings.getOrDefault(spec.name(), UnaryOperator.identity()).apply(tensor);
    System.arraycopy(tensor, 0, values, layout.offset(spec.name()), tensor.length);
  }

  private static boolean floating(DType type) {
    return switch (type) {
      case F64, F32, F16, BF16 -> true;
      case I64, I32, I16, I8, U8, BOOL -> false;
    };
  }
}
