package io.robusttrain.speed.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.train.worker.SyntheticTraining;
import io.robusttrain.train.worker.ThreadPlan;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The operations of a training step of each family, by count and by bytes, as they were recorded: a
 * copy more, a lost fused form or a gradient that nobody asks for is seen without a clock. What is
 * compared depends on shapes and threads, not on the processor.
 */
@Numeric
class StepCountsTest {
  /** From two on libtorch gives small convolutions to oneDNN, as in any larger run. */
  private static final int THREADS = 2;

  private static final int BATCH = 2;
  private static final String XCIT = "xcit_nano_12_p16_224";
  private static final Map<String, ?> STAGES =
      Map.of("img_size", 64, "depths", List.of(1, 1, 2, 1), "dims", List.of(8, 16, 24, 32));

  /** A small member of each family, by the name of the registered model that it is made of. */
  private static final Map<String, Map<String, ?>> SMALL =
      new TreeMap<>(
          Map.of(
              XCIT,
              Map.of("img_size", 64, "embed_dim", 32, "depth", 2, "num_heads", 2),
              "deit_small_patch16_224",
              Map.of("img_size", 32, "patch_size", 8, "embed_dim", 48, "depth", 2, "num_heads", 3),
              "cait_s12_224",
              Map.of("img_size", 32, "patch_size", 8, "embed_dim", 32, "depth", 2, "num_heads", 4),
              "convnext_tiny",
              STAGES,
              "poolformer_m12",
              STAGES,
              "resnet50",
              Map.of(
                  "img_size",
                  64,
                  "layers",
                  List.of(2, 1, 1, 1),
                  "channels",
                  List.of(8, 12, 16, 20)),
              "wide_resnet28_10",
              Map.of("depth", 10, "widen_factor", 1)));

  /**
   * Families without a record. One is made on a machine that shows its caches, where oneDNN
   * convolves; these were added on one that does not.
   */
  private static final Set<String> UNRECORDED =
      Set.of("aimv", "beit", "beitv", "convnextv", "eva", "swin", "swinv");

  @BeforeAll
  static void recordIfAsked() throws IOException {
    if (Boolean.getBoolean(StepCounts.RECORD)) {
      Map<String, SortedMap<String, Cost>> all = new TreeMap<>();
      models().forEach(model -> all.put(model, counted(small(model))));
      StepCounts.write(all);
    }
  }

  /** Other tests compute with the threads of this process. */
  @AfterAll
  static void restoreThreads() {
    Arithmetic.start();
  }

  static List<String> models() {
    return List.copyOf(SMALL.keySet());
  }

  @ParameterizedTest
  @MethodSource("models")
  void aStepHasTheOperationsThatWereRecorded(String model) throws IOException {
    assumeThat(NativeRuntime.convolves()).as("convolutions are products on this machine").isTrue();
    SortedMap<String, Cost> recorded = StepCounts.read().getOrDefault(model, new TreeMap<>());
    assertThat(StepCounts.differences(recorded, counted(small(model))))
        .as(model + ": " + StepCounts.remedy())
        .isEmpty();
  }

  /** Both forwards copy the pixels once more, and the attack goes back through its copy. */
  @Test
  void anotherCopyIsFoundAndNamed() {
    SortedMap<String, Cost> usual = counted(small(XCIT));
    SortedMap<String, Cost> copying = counted(copying(small(XCIT)));
    long pixels = (long) BATCH * 3 * 64 * 64 * Float.BYTES;
    Cost clone = usual.getOrDefault("aten::clone", Cost.NONE);
    Cost copy = usual.get("aten::copy_");
    Cost backward = usual.get("CloneBackward0");
    assertThat(StepCounts.differences(usual, copying))
        .contains(
            "aten::clone: %,d calls recorded, %,d now (+2)"
                .formatted(clone.calls(), clone.calls() + 2),
            "aten::copy_: %,d calls recorded, %,d now (+2)"
                .formatted(copy.calls(), copy.calls() + 2),
            "aten::copy_: %,d bytes moved recorded, %,d now (+%,d)"
                .formatted(copy.bytesMoved(), copy.bytesMoved() + 4 * pixels, 4 * pixels),
            "CloneBackward0: %,d calls recorded, %,d now (+1)"
                .formatted(backward.calls(), backward.calls() + 1));
    assertThat(StepCounts.differences(copying, usual))
        .contains(
            "aten::clone: %,d calls recorded, %,d now (-2)"
                .formatted(clone.calls() + 2, clone.calls()));
  }

  @Test
  void everyFamilyOfTheRegistryIsCountedOrListedAsUnrecorded() {
    Set<String> families = new TreeSet<>(UNRECORDED);
    models().forEach(model -> assertThat(families.add(family(model))).as(model).isTrue());
    Set<String> registered = new TreeSet<>();
    ModelRegistry.names().forEach(name -> registered.add(family(name)));
    assertThat(registered).isEqualTo(families);
  }

  /**
   * The first word of a name; ViT and DeiT are one family, of whose variants the plain one is
   * counted.
   */
  private static String family(String model) {
    String word = model.replaceFirst("[0-9_].*", "");
    return word.equals("vit") ? "deit" : word;
  }

  private static Architecture small(String model) {
    ModelOptions options = ModelOptions.of(SMALL.get(model)).withNumClasses(10);
    boolean drops = !family(model).equals("wide");
    return ModelRegistry.create(model, drops ? options.withDropPathRate(0.1) : options);
  }

  private static SortedMap<String, Cost> counted(Architecture architecture) {
    ThreadPlan threads = new ThreadPlan(1, THREADS, 1);
    try (StepProfiler profiler =
        new StepProfiler(new SyntheticTraining(architecture, BATCH, BATCH, threads, 42))) {
      return StepCounts.of(profiler.census());
    }
  }

  /** The same model, but that its forward begins with a copy. */
  private static Architecture copying(Architecture architecture) {
    return (Architecture)
        Proxy.newProxyInstance(
            Architecture.class.getClassLoader(),
            List.of(Architecture.class).toArray(Class<?>[]::new),
            (proxy, method, arguments) -> {
              if (method.getName().equals("bind")) {
                return copying(architecture.bind((FlatParameters) arguments[0]));
              }
              try {
                return method.invoke(architecture, arguments);
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
            });
  }

  private static Classifier copying(Classifier classifier) {
    return (pixels, pass) -> classifier.forward(pixels.clone(), pass);
  }
}
