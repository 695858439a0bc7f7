package io.robusttrain.model;

import io.robusttrain.base.NearestNames;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The kinds of value that models' arguments take, each with the arguments of that kind. */
enum ModelArgument {
  INTEGER(
      "an integer",
      "num_classes patch_size embed_dim depth window_size cls_attn_layers depth_token_only"
          + " kernel_sizes base_width widen_factor reg_tokens"),
  NUMBER(
      "a number",
      "mlp_ratio mlp_ratio_token_only drop_path_rate eta init_values ls_init_value"
          + " layer_scale_init_values mean_sparse"),
  FLAG("true or false", "tokens_norm qk_norm"),
  TEXT("a word", "head block act_layer stem global_pool"),
  INTEGERS(
      "an integer or a list of integers",
      "img_size stem_strides depths dims layers channels num_heads pretrained_window_sizes");

  private final String words;

  @SuppressWarnings("Immutable") // List.of in the constructor
  private final List<String> arguments;

  ModelArgument(String words, String arguments) {
    this.words = words;
    this.arguments = List.of(arguments.split(" ", -1));
  }

  /**
   * The value of an argument in the argument's own Java type.
   *
   * @throws IllegalArgumentException if there is no such argument or it takes no such value
   */
  static Serializable checked(String argument, Object value) {
    for (ModelArgument kind : values()) {
      if (kind.arguments.contains(argument)) {
        return kind.value(argument, value);
      }
    }
    List<String> names = Arrays.stream(values()).flatMap(kind -> kind.arguments.stream()).toList();
    throw new IllegalArgumentException(
        "unknown model argument %s; the nearest are %s"
            .formatted(argument, String.join(", ", NearestNames.to(argument, names))));
  }

  private Serializable value(String argument, Object value) {
    if (this == NUMBER && value instanceof Number number) {
      return number.doubleValue();
    } else if (this == FLAG && value instanceof Boolean flag) {
      return flag;
    } else if (this == TEXT && value instanceof String text) {
      return text;
    } else if (this == INTEGERS && value instanceof List<?> list) {
      ArrayList<Integer> integers = new ArrayList<>();
      list.forEach(element -> integers.add(integer(argument, element)));
      return integers;
    } else if (this == INTEGER || this == INTEGERS) {
      return integer(argument, value);
    }
    throw wrong(argument, value);
  }

  /** A checked value of an argument that may be a list. */
  static List<Integer> integers(Serializable value) {
    if (value instanceof Integer single) {
      return List.of(single);
    }
    return ((List<?>) value).stream().map(Integer.class::cast).toList();
  }

  private Integer integer(String argument, Object value) {
    if (value instanceof Number number && number.doubleValue() == number.intValue()) {
      return number.intValue();
    }
    throw wrong(argument, value);
  }

  private IllegalArgumentException wrong(String argument, Object value) {
    return new IllegalArgumentException(
        "model argument %s must be %s, not %s".formatted(argument, words, value));
  }
}
