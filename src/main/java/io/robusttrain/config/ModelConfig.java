package io.robusttrain.config;

import io.robusttrain.config.value.ModelArguments;
import io.robusttrain.config.value.Normalization;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.model.TokenDropping;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Group {@code model}: the network.
 *
 * @param name timm's name
 * @param numClasses number of classes; open: as many as the data has
 * @param imgSize height and width of the input, pixels
 * @param dropPath probability that a sample skips a residual branch in training, [0,1)
 * @param patchDropRate share of the patch tokens that a training step leaves out, [0,1)
 * @param patchDropMode which ones
 * @param embedDim width D of a token; open: from the name
 * @param depth number of XCA blocks; open: from the name
 * @param numHeads attention heads; open: from the name
 * @param patchSize side of a patch, pixels; open: from the name
 * @param stemStrides strides of the stem's convolutions; open: from name and patch
 * @param eta initial layer scale; open: from the depth
 * @param normalize the first layer; open: none, the model sees pixels in [0,1]
 * @param args further arguments by timm's names; open: none
 * @param initialCheckpoint weights to start from: a file, a run or a checkpoint; open: random ones
 * @param initial how they are fitted to the model
 */
public record ModelConfig(
    String name,
    Setting<Integer> numClasses,
    int imgSize,
    double dropPath,
    double patchDropRate,
    TokenDropping.Mode patchDropMode,
    Setting<Integer> embedDim,
    Setting<Integer> depth,
    Setting<Integer> numHeads,
    Setting<Integer> patchSize,
    Setting<List<Integer>> stemStrides,
    Setting<Double> eta,
    Setting<Normalization> normalize,
    Setting<ModelArguments> args,
    Setting<String> initialCheckpoint,
    InitialConfig initial)
    implements Serializable {
  /** The patch in timm's names: {@code xcit_small_12_p16_224}, {@code deit_small_patch16_224}. */
  private static final Pattern PATCH = Pattern.compile("_(?:p|patch)(\\d+)(?:_|$)");

  /** Which patch tokens a training step leaves out; none: it has all. */
  public Optional<TokenDropping> tokenDropping() {
    return patchDropRate > 0
        ? Optional.of(new TokenDropping(patchDropMode, patchDropRate))
        : Optional.empty();
  }

  static ModelConfig from(Section section) {
    return new ModelConfig(
        section.get("name", Parsers.text()),
        section.setting("num-classes", Parsers.count(2, 1_000_000)),
        section.get("img-size", Parsers.count(1, 4096)),
        section.get("drop-path", Parsers.realBelow(0, 1)),
        section.get("patch-drop-rate", Parsers.realBelow(0, 1)),
        section.get("patch-drop-mode", Parsers.choice(TokenDropping.Mode.class)),
        section.setting("embed-dim", Parsers.count(1, 65_536)),
        section.setting("depth", Parsers.count(1, 1000)),
        section.setting("num-heads", Parsers.count(1, 1024)),
        section.setting("patch-size", Parsers.count(1, 64)),
        section.setting("stem-strides", Parsers.list(Parsers.count(1, 2))),
        section.setting("eta", Parsers.real(0, 1)),
        section.setting("normalize", Normalization::parse),
        section.setting("args", ModelArguments::parse),
        section.setting("initial-checkpoint", Parsers.text()),
        InitialConfig.from(section.group("initial")));
  }

  void check(Reading reading) {
    OptionalInt patch = patch();
    if (patch.isPresent()) {
      int side = patch.getAsInt();
      reading.demand(
          imgSize % side == 0,
          "%d is no multiple of the patch %d; use %d"
              .formatted(imgSize, side, Math.max(side, imgSize / side * side)),
          "model.img-size",
          "model.patch-size",
          "model.name");
    }
    if (embedDim.isSet() && numHeads.isSet()) {
      reading.demand(
          embedDim.get() % numHeads.get() == 0,
          "%d heads do not divide the width %d".formatted(numHeads.get(), embedDim.get()),
          "model.num-heads",
          "model.embed-dim");
    }
  }

  /** The side of a patch in pixels: the configured one, else that in the model's name. */
  private OptionalInt patch() {
    if (patchSize.isSet()) {
      return OptionalInt.of(patchSize.get());
    }
    Matcher matcher = PATCH.matcher(name);
    return matcher.find() && matcher.group(1).length() <= 3 && !matcher.group(1).startsWith("0")
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }
}
