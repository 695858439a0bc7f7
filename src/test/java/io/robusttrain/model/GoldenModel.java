package io.robusttrain.model;

import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Tensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A recorded tiny model: its architecture, weights, input and reference results. */
final class GoldenModel implements AutoCloseable {
  /**
   * What a recorded file holds.
   *
   * @param file in {@code golden/models}
   * @param model the registered name whose tiny member it is
   * @param overrides that make the tiny member; the classes are 10 everywhere
   * @param zeroGradients regular expression of parameters whose true gradient is zero
   */
  record Recorded(String file, String model, Map<String, ?> overrides, String zeroGradients) {
    boolean zeroGradient(String parameter) {
      return parameter.matches(zeroGradients);
    }

    /** The file's place among the test resources. */
    String resource() {
      return "golden/models/" + file + ".safetensors";
    }

    /** The modes that were recorded: in training only what makes a difference to it, batch norm. */
    List<String> modes() {
      SafetensorsFixture fixture = SafetensorsFixture.read(resource());
      return Stream.of("eval", "train").filter(mode -> fixture.contains("loss_" + mode)).toList();
    }

    @Override
    public String toString() {
      return file;
    }
  }

  /** The keys' bias shifts all logits of a head alike, which softmax ignores. */
  private static final String CLASS_KEY_BIAS = "cls_attn_blocks\\.\\d\\.attn\\.k\\.bias";

  /** It shifts all logits of a query alike, which softmax ignores. */
  private static final String NORMED_KEY_BIAS = "blocks\\.\\d\\.attn\\.k_norm\\.bias";

  /** Pooling keeps what is the same everywhere, so it cancels in the difference to the input. */
  private static final String POOLED_BIAS = "stages\\.\\d\\.blocks\\.\\d\\.norm1\\.bias";

  private static final Map<String, ?> TINY_STAGES =
      Map.of("img_size", 64, "depths", List.of(1, 1, 2, 1), "dims", List.of(8, 16, 24, 32));

  /** No parameter's name. */
  private static final String NONE = "";

  final Recorded recorded;
  final SafetensorsFixture fixture;
  final Architecture architecture;
  final FlatParameters parameters;
  final ScalarType dtype;
  private final ComputeDevice device;

  /** On the host. */
  GoldenModel(Recorded recorded, ScalarType dtype) {
    this(recorded, dtype, ComputeDevice.CPU);
  }

  GoldenModel(Recorded recorded, ScalarType dtype, ComputeDevice device) {
    this.recorded = recorded;
    this.dtype = dtype;
    this.device = device;
    fixture = SafetensorsFixture.read(recorded.resource());
    architecture =
        ModelRegistry.create(
            recorded.model(), ModelOptions.of(recorded.overrides()).withNumClasses(10));
    parameters = new FlatParameters(architecture.layout(), device, dtype);
    float[] values = new float[architecture.layout().size()];
    for (ParameterSpec spec : architecture.layout().specs()) {
      float[] tensor = fixture.floats("model." + recordedName(spec.name()));
      System.arraycopy(tensor, 0, values, architecture.layout().offset(spec.name()), tensor.length);
    }
    parameters.load(values, 0);
  }

  /** All recorded files. */
  static List<Recorded> all() {
    return Stream.of(
            convNeXts(),
            poolFormers(),
            resNets(),
            transformers(),
            visionTransformers(),
            windowed(),
            xcits())
        .flatMap(List::stream)
        .toList();
  }

  /** The recorded model of that file. */
  static Recorded named(String file) {
    return all().stream()
        .filter(recorded -> recorded.file().equals(file))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no recorded model is named " + file));
  }

  private static List<Recorded> convNeXts() {
    return List.of(
        new Recorded("convnext", "convnext_tiny", TINY_STAGES, NONE),
        convNeXt("convnext_pointwise", "convnext_atto", List.of(32), 4),
        convNeXt("convnextv2", "convnextv2_tiny", List.of(32, 48), 4),
        convNeXt("convnextv2_pointwise", "convnextv2_atto", List.of(32), 4),
        convNeXt("convnext_cvst2", "convnext_t_cvst", List.of(32), 16),
        convNeXt("convnext_cvst3", "convnext_b_cvst", List.of(32), 16));
  }

  private static Recorded convNeXt(String file, String model, List<Integer> image, int first) {
    return new Recorded(
        file,
        model,
        Map.of("img_size", image, "depths", List.of(1, 1, 2, 1), "dims", List.of(first, 6, 8, 8)),
        NONE);
  }

  private static List<Recorded> poolFormers() {
    return List.of(
        new Recorded("poolformer", "poolformer_s12", TINY_STAGES, POOLED_BIAS),
        // Under the older names.
        new Recorded("poolformer_pinned", "poolformer_m12", TINY_STAGES, POOLED_BIAS));
  }

  /**
   * The recording of the first wide network has arguments of ReLU within 2e-7 of zero in train
   * mode: float32 puts them on either side. The smooth one has the same weights and an input that
   * keeps all of them 1e-5 away.
   */
  private static List<Recorded> resNets() {
    return List.of(
        resNet("resnet_relu", "resnet50", 64, List.of(2, 1, 1, 1)),
        resNet("resnet_gelu", "resnet50_gelu", 64, List.of(2, 1, 1, 1)),
        resNet("resnet_basic_gelu", "resnet18_gelu", 64, List.of(1, 1, 1, 1)),
        resNet("resnet_c32", "resnet50_32", 32, List.of(1, 1, 1, 1)),
        wideResNet("wrn_10_1"),
        wideResNet("wrn_10_1_smooth"),
        new Recorded(
            "wrn_10_1_silu",
            "wide_resnet28_10_silu",
            Map.of("depth", 10, "widen_factor", 1),
            NONE));
  }

  private static Recorded wideResNet(String file) {
    return new Recorded(file, "wide_resnet28_10", Map.of("depth", 10, "widen_factor", 1), NONE);
  }

  private static Recorded resNet(String file, String model, int side, List<Integer> layers) {
    return new Recorded(
        file,
        model,
        Map.of("img_size", side, "layers", layers, "channels", List.of(8, 12, 16, 20)),
        NONE);
  }

  private static List<Recorded> xcits() {
    return List.of(
        xcit("xcit_p16", "xcit_small_12_p16_224", List.of(64), 32, 2, 4),
        new Recorded(
            "xcit_p16_notoknorm",
            "xcit_nano_12_p16_224",
            Map.of("img_size", 64, "embed_dim", 32, "depth", 2, "num_heads", 2),
            CLASS_KEY_BIAS),
        xcit("xcit_p16_rect", "xcit_small_12_p16_224", List.of(48, 80), 16, 1, 2),
        xcit("xcit_p8", "xcit_small_12_p8_224", List.of(32), 32, 2, 4),
        xcit("xcit_p4_32", "xcit_small_12_p4_32", List.of(32), 32, 2, 4),
        xcit("xcit_p2_32", "xcit_small_12_p2_32", List.of(16), 16, 1, 2));
  }

  private static Recorded eva02(String file, String model) {
    return new Recorded(
        file,
        model,
        Map.of(
            "img_size", List.of(16, 24),
            "patch_size", 4,
            "embed_dim", 16,
            "depth", 2,
            "num_heads", 2),
        NONE);
  }

  private static List<Recorded> windowed() {
    Map<String, ?> sizes =
        Map.of(
            "embed_dim",
            4,
            "num_heads",
            List.of(1, 2, 2, 4),
            "patch_size",
            2,
            "mlp_ratio",
            1.0,
            "drop_path_rate",
            0.0);
    Map<String, Object> one = new HashMap<>(sizes);
    one.putAll(
        Map.of("img_size", List.of(16, 32), "depths", List.of(2, 2, 2, 1), "window_size", 3));
    Map<String, Object> two = new HashMap<>(sizes);
    two.putAll(Map.of("img_size", 32, "depths", List.of(2, 1, 1, 1), "window_size", 4));
    two.put("pretrained_window_sizes", List.of(0, 0, 3, 6));
    return List.of(
        eva02("eva02_fused", "eva02_tiny_patch14_224"),
        eva02("eva02_separate", "eva02_base_patch14_224"),
        new Recorded("swin", "swin_tiny_patch4_window7_224", one, NONE),
        new Recorded("swinv2", "swinv2_base_window12to16_192to256", two, NONE));
  }

  private static Recorded vit(String file, String model, Map<String, ?> more, String zeros) {
    Map<String, Object> sizes =
        new HashMap<>(
            Map.of(
                "img_size", List.of(16, 24),
                "patch_size", 8,
                "embed_dim", 16,
                "depth", 2,
                "num_heads", 2));
    sizes.putAll(more);
    return new Recorded(file, model, sizes, zeros);
  }

  private static List<Recorded> visionTransformers() {
    return List.of(
        vit("vit_scaled_registers", "vit_small_patch14_reg4_dinov2", Map.of("reg_tokens", 3), NONE),
        vit(
            "vit_swiglu",
            "vit_giant_patch14_dinov2",
            Map.of("mlp_ratio", 5.0, "init_values", 0.5),
            NONE),
        vit("vit_gap_normed", "vit_so150m_patch16_reg4_gap_256", Map.of("reg_tokens", 2), NONE),
        vit("vit_gap_unbiased", "vit_so150m2_patch16_reg1_gap_256", Map.of(), NONE),
        vit(
            "vit_qk_norm",
            "vit_base_patch16_224",
            Map.of("qk_norm", true, "init_values", 0.1, "reg_tokens", 2),
            NORMED_KEY_BIAS),
        vit("vit_parallel", "vit_base_patch16_xp_224", Map.of(), NONE),
        vit("aimv2", "aimv2_large_patch14_224", Map.of(), NONE));
  }

  private static List<Recorded> transformers() {
    Map<String, ?> avg =
        Map.of(
            "img_size", 32,
            "patch_size", 8,
            "embed_dim", 16,
            "depth", 2,
            "num_heads", 2,
            "global_pool", "avg");
    return List.of(
        new Recorded(
            "deit",
            "deit_small_patch16_224",
            Map.of("img_size", 32, "patch_size", 8, "embed_dim", 48, "depth", 2, "num_heads", 3),
            NONE),
        new Recorded(
            "beit",
            "beit_base_patch16_224",
            Map.of(
                "img_size", List.of(16, 24),
                "patch_size", 4,
                "embed_dim", 16,
                "depth", 2,
                "num_heads", 2),
            NONE),
        new Recorded("vit_avg", "vit_base_patch16_224", avg, NONE),
        new Recorded(
            "vit_cvst",
            "vit_s_cvst",
            Map.of("img_size", 32, "embed_dim", 16, "depth", 1, "num_heads", 2),
            NONE),
        new Recorded(
            "cait",
            "cait_s12_224",
            Map.of("img_size", 32, "patch_size", 8, "embed_dim", 32, "depth", 2, "num_heads", 4),
            "blocks\\.\\d\\.attn\\.proj_l\\.bias|blocks_token_only\\.\\d\\.attn\\.k\\.bias"));
  }

  private static Recorded xcit(
      String file, String model, List<Integer> image, int dim, int depth, int heads) {
    return new Recorded(
        file,
        model,
        Map.of("img_size", image, "embed_dim", dim, "depth", depth, "num_heads", heads),
        CLASS_KEY_BIAS);
  }

  /** The name under which the file has a tensor: that of the layout, or an alias of it. */
  String recordedName(String tensor) {
    if (fixture.contains("model." + tensor)) {
      return tensor;
    }
    return architecture.aliases().entrySet().stream()
        .filter(alias -> alias.getValue().equals(tensor))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(tensor);
  }

  /** The input in the dtype of the parameters, (B, 3, H, W). */
  Tensor pixels() {
    return Tensors.of(fixture.floats("x"), device, fixture.shape("x")).to(dtype);
  }

  Tensor labels() {
    return Tensors.labels(fixture.ints("y_int32"), device);
  }

  @Override
  public void close() {
    parameters.close();
  }
}
