package io.robusttrain.config;

import java.io.Serializable;
import java.util.List;

/**
 * Group {@code model}: the network.
 *
 * @param name timm's name
 * @param numClasses number of classes; open: as many as the data has
 * @param imgSize height and width of the input, pixels
 * @param dropPath probability that a sample skips a residual branch in training, [0,1)
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

  static ModelConfig from(Section section) {
    return new ModelConfig(
        section.get("name", Parsers.text()),
        section.setting("num-classes", Parsers.count(2, 1_000_000)),
        section.get("img-size", Parsers.count(1, 4096)),
        section.get("drop-path", Parsers.realBelow(0, 1)),
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
}
