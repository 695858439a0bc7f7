package io.robusttrain.model;

import io.robusttrain.base.NearestNames;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The arguments that models take, with their types. */
enum ModelArgument {
  NUM_CLASSES("num_classes", Type.INTEGER),
  IMG_SIZE("img_size", Type.INTEGERS),
  PATCH_SIZE("patch_size", Type.INTEGER),
  EMBED_DIM("embed_dim", Type.INTEGER),
  DEPTH("depth", Type.INTEGER),
  NUM_HEADS("num_heads", Type.INTEGER),
  MLP_RATIO("mlp_ratio", Type.NUMBER),
  DROP_PATH_RATE("drop_path_rate", Type.NUMBER),
  CLS_ATTN_LAYERS("cls_attn_layers", Type.INTEGER),
  ETA("eta", Type.NUMBER),
  TOKENS_NORM("tokens_norm", Type.FLAG),
  STEM_STRIDES("stem_strides", Type.INTEGERS),
  DEPTH_TOKEN_ONLY("depth_token_only", Type.INTEGER),
  MLP_RATIO_TOKEN_ONLY("mlp_ratio_token_only", Type.NUMBER),
  INIT_VALUES("init_values", Type.NUMBER),
  DEPTHS("depths", Type.INTEGERS),
  DIMS("dims", Type.INTEGERS),
  KERNEL_SIZES("kernel_sizes", Type.INTEGER),
  LS_INIT_VALUE("ls_init_value", Type.NUMBER),
  LAYER_SCALE_INIT_VALUES("layer_scale_init_values", Type.NUMBER),
  HEAD("head", Type.TEXT),
  BLOCK("block", Type.TEXT),
  LAYERS("layers", Type.INTEGERS),
  CHANNELS("channels", Type.INTEGERS),
  BASE_WIDTH("base_width", Type.INTEGER),
  ACT_LAYER("act_layer", Type.TEXT),
  STEM("stem", Type.TEXT),
  WIDEN_FACTOR("widen_factor", Type.INTEGER);

  private enum Type {
    INTEGER("an integer"),
    NUMBER("a number"),
    FLAG("true or false"),
    TEXT("a word"),
    INTEGERS("an integer or a list of integers");

    private final String words;

    Type(String words) {
      this.words = words;
    }
  }

  private final String argument;
  private final Type type;

  ModelArgument(String argument, Type type) {
    this.argument = argument;
    this.type = type;
  }

  static ModelArgument named(String argument) {
    for (ModelArgument known : values()) {
      if (known.argument.equals(argument)) {
        return known;
      }
    }
    List<String> names = Arrays.stream(values()).map(known -> known.argument).toList();
    throw new IllegalArgumentException(
        "unknown model argument %s; the nearest are %s"
            .formatted(argument, String.join(", ", NearestNames.to(argument, names))));
  }

  /** The value in this argument's own Java type. */
  Serializable checked(Object value) {
    return switch (type) {
      case INTEGER -> integer(value);
      case NUMBER -> {
        if (!(value instanceof Number number)) {
          throw wrong(value);
        }
        yield number.doubleValue();
      }
      case FLAG -> {
        if (!(value instanceof Boolean flag)) {
          throw wrong(value);
        }
        yield flag;
      }
      case TEXT -> {
        if (!(value instanceof String text)) {
          throw wrong(value);
        }
        yield text;
      }
      case INTEGERS -> {
        if (!(value instanceof List<?> list)) {
          yield integer(value);
        }
        ArrayList<Integer> integers = new ArrayList<>();
        list.forEach(element -> integers.add(integer(element)));
        yield integers;
      }
    };
  }

  /** A checked value of an argument that may be a list. */
  static List<Integer> integers(Serializable value) {
    if (value instanceof Integer single) {
      return List.of(single);
    }
    return ((List<?>) value).stream().map(Integer.class::cast).toList();
  }

  private Integer integer(Object value) {
    if (value instanceof Number number && number.doubleValue() == number.intValue()) {
      return number.intValue();
    }
    throw wrong(value);
  }

  private IllegalArgumentException wrong(Object value) {
    return new IllegalArgumentException(
        "model argument %s must be %s, not %s".formatted(argument, type.words, value));
  }
}
