package io.robusttrain.speed.profile;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** What an operation does to its data. A kind takes the operations that no kind before it takes. */
public enum OperationKind {
  /** Nodes of the backward pass between their operations. */
  AUTOGRAD(
      "autograd",
      operation -> !operation.name().contains("::") || operation.name().contains("autograd::")),
  MATRIX_PRODUCT(
      "matrix product",
      oneOf("mm addmm bmm baddbmm matmul linear einsum dot mv addmv addr outer ger vdot inner")),
  ATTENTION("fused attention", contains("scaled_dot_product")),
  /** Convolutions whose filters see one channel each. */
  DEPTHWISE("depthwise convolution", contains("conv").and(OperationKind::seesOneChannel)),
  CONVOLUTION("convolution", contains("conv")),
  NORMALISATION("normalisation", contains("layer_norm", "rms_norm", "batch_norm", "group_norm")),
  SOFTMAX("softmax and loss", contains("softmax", "logsumexp", "cross_entropy", "nll_loss")),
  POOLING("pooling", contains("pool", "upsample", "interpolate")),
  ACTIVATION("activation", contains("gelu", "relu", "silu", "threshold", "sigmoid", "tanh")),
  RANDOM("random numbers", contains("uniform", "bernoulli", "normal", "rand", "dropout")),
  ELEMENTWISE(
      "elementwise",
      oneOf(
          "add sub rsub mul div neg pow sqrt rsqrt square exp log log1p expm1 sign sgn abs reciprocal"
              + " clamp clamp_min clamp_max where maximum minimum lerp addcmul addcdiv masked_fill eq ne"
              + " gt lt ge le floor ceil round logical_and logical_or logical_not bitwise_and bitwise_not isfinite"
              + " isnan nan_to_num sin cos erf remainder __and__ __or__")),
  REDUCTION(
      "reduction",
      oneOf(
          "sum mean amax amin aminmax max min norm linalg_vector_norm argmax argmin all any var std var_mean"
              + " sum_to_size cumsum topk sort renorm prod count_nonzero")),
  COPY(
      "copy",
      oneOf(
          "copy clone contiguous to _to_copy cat stack index index_select index_put _index_put_impl"
              + " gather scatter repeat repeat_interleave tile roll flip pad constant_pad_nd"
              + " slice_backward select_backward narrow_copy pixel_shuffle item _local_scalar_dense"
              + " im2col col2im one_hot")),
  FILL(
      "fill",
      oneOf(
          "scalar_tensor zeros ones full zero fill zeros_like ones_like full_like new_zeros new_full arange")),
  ALLOCATION(
      "allocation",
      oneOf("empty empty_like empty_strided new_empty new_empty_strided resize resize_as set")),
  /** Other ways to look at the same memory. */
  VIEW(
      "view",
      oneOf(
          "view expand expand_as transpose t permute select slice as_strided unsqueeze squeeze detach"
              + " alias unbind split split_with_sizes chunk narrow reshape _unsafe_view _reshape_alias"
              + " view_as resolve_conj resolve_neg flatten unflatten movedim diagonal swapaxes"
              + " result_type is_nonzero lift_fresh requires_grad unfold numpy_T")),
  OTHER("other", operation -> true);

  /** Matrix products and convolutions compute themselves, whatever they call. */
  private static final Set<String> KERNELS =
      Set.of(
          "mm",
          "addmm",
          "bmm",
          "baddbmm",
          "mkldnn_convolution",
          "convolution_backward",
          "_conv_depthwise2d");

  /** These only decide who does the work, and may give back what they were given. */
  private static final Set<String> DELEGATES =
      Set.of("to", "_to_copy", "contiguous", "clone", "reshape", "item");

  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // no predicate has state that changes
  private final Predicate<Operation> takes;

  OperationKind(String label, Predicate<Operation> takes) {
    this.label = label;
    this.takes = takes;
  }

  private static Predicate<Operation> oneOf(String names) {
    Set<String> all = Set.copyOf(List.of(names.split(" ", -1)));
    return operation -> all.contains(plain(operation));
  }

  private static Predicate<Operation> contains(String... parts) {
    return operation -> List.of(parts).stream().anyMatch(plain(operation)::contains);
  }

  /** The kind of an operation. */
  static OperationKind of(Operation operation) {
    return Arrays.stream(values())
        .filter(kind -> kind.takes.test(operation))
        .findFirst()
        .orElseThrow();
  }

  /** The name without its namespace, and without the mark of one that writes to its input. */
  private static String plain(Operation operation) {
    String name = operation.name().substring(operation.name().lastIndexOf(':') + 1);
    boolean inPlace = name.endsWith("_") && !name.endsWith("__");
    return inPlace ? name.substring(0, name.length() - 1) : name;
  }

  /** Whether an operation does the work itself although it may call others that work. */
  static boolean kernel(Operation operation) {
    return KERNELS.contains(plain(operation));
  }

  /** Whether an operation never reads or writes data itself. */
  static boolean delegates(Operation operation) {
    return of(operation).idle() || DELEGATES.contains(plain(operation));
  }

  /** Filters are (out, in of the group, H, W) and come behind images. */
  private static boolean seesOneChannel(Operation convolution) {
    List<TensorUse> inputs = convolution.inputs();
    return inputs.stream()
        .skip(1)
        .map(TensorUse::shape)
        .anyMatch(
            filters ->
                filters.size() == 4
                    && filters.get(1) == 1
                    && inputs.get(0).shape().size() == 4
                    && inputs.get(0).shape().get(1) > 1);
  }

  /** Whether no operation of this kind reads or writes data. */
  private boolean idle() {
    return this == AUTOGRAD || this == VIEW || this == ALLOCATION;
  }

  /** The name in tables. */
  public String label() {
    return label;
  }

  /** The name in JSON. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
