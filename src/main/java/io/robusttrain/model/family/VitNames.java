package io.robusttrain.model.family;

import io.robusttrain.model.ImageSize;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.family.VitForm.Features;
import io.robusttrain.model.family.VitForm.Norm;
import io.robusttrain.model.family.VitForm.Stem;
import io.robusttrain.model.family.VitForm.Trait;
import io.robusttrain.model.family.VitSizes.Pool;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The vision transformers that have a name of their own. */
final class VitNames {
  /**
   * A vision transformer with a name.
   *
   * @param sizes with that name
   * @param statistics of the pixels that its published weights were trained on
   * @param cropFraction of timm's evaluation
   */
  record Named(VitSizes sizes, PixelStatistics statistics, double cropFraction) {}

  /** Sizes of a name. */
  private record Size(String name, int dim, int depth, int heads, double mlpRatio) {
    Size(String name, int dim, int depth, int heads) {
      this(name, dim, depth, heads, 4.0);
    }
  }

  /** What a group of names has in common beside its sizes. */
  private record Group(VitForm form, Pool pool, int registers, double layerScale, boolean qkNorm) {
    Group(VitForm form, Pool pool, int registers, double layerScale) {
      this(form, pool, registers, layerScale, false);
    }

    Named named(String name, Size size, int patch, int side, PixelStatistics pixels, double crop) {
      return new Named(
          new VitSizes(
              name,
              form,
              pool,
              ImageSize.square(side),
              1000,
              patch,
              size.dim(),
              size.depth(),
              size.heads(),
              size.mlpRatio(),
              registers,
              layerScale,
              qkNorm,
              0.0),
          pixels,
          crop);
    }
  }

  private static final Size TINY = new Size("tiny", 192, 12, 3);
  private static final Size SMALL = new Size("small", 384, 12, 6);
  private static final Size BASE = new Size("base", 768, 12, 12);
  private static final Size LARGE = new Size("large", 1024, 24, 16);
  private static final Size HUGE = new Size("huge", 1280, 32, 16);
  private static final Size GIANT = new Size("giant", 1408, 40, 16, 48.0 / 11);
  private static final Size GIGANTIC = new Size("gigantic", 1664, 48, 16, 64.0 / 13);

  /** Gate and gated features share a tensor of 16/3 D. */
  private static final Size GATED_GIANT = new Size("giant", 1536, 40, 24, 2.66667 * 2);

  private static final Size SO400M = new Size("so400m", 1152, 27, 16, 4304.0 / 1152);
  private static final Size WEE = new Size("wee", 256, 14, 4, 5.0);
  private static final Size LITTLE = new Size("little", 320, 14, 5, 5.6);
  private static final Size MEDIUM = new Size("medium", 512, 12, 8);
  private static final Size DEEP_MEDIUM = new Size("mediumd", 512, 20, 8);
  private static final Size BETWIXT = new Size("betwixt", 640, 12, 10);
  private static final Size SO150M = new Size("so150m", 896, 18, 14, 2.572);
  private static final Size SO150M2 = new Size("so150m2", 832, 21, 13, 34.0 / 13);

  private static final Group PLAIN = new Group(VitForm.PLAIN, Pool.TOKEN, 0, 0);

  private static final int CONV_STEM_PATCH = 16;

  /** timm's models in which convolutions replace the patches. */
  private static final Map<String, String> ORIGINALS =
      Map.of("vit_s_cvst", "deit_small_patch16_224", "vit_b_cvst", "vit_base_patch16_224");

  private VitNames() {}

  /** All of them. */
  static List<Named> all() {
    return Stream.of(plain(), selfSupervised(), withoutClassToken(), withRegisters(), rms())
        .flatMap(List::stream)
        .toList();
  }

  /** timm's model in which a stem of convolutions takes the place of the patches. */
  static String original(String convStem) {
    return ORIGINALS.get(convStem);
  }

  /** DeiT's training used ImageNet's statistics. */
  private static Named deit(Size size, int side) {
    return PLAIN.named(
        name("deit", size, 16, side), size, 16, side, PixelStatistics.IMAGENET, crop(side));
  }

  /** The weights published as {@code vit_*} were trained on pixels in [-1, 1]. */
  private static Named vit(Size size, int patch, int side) {
    return PLAIN.named(
        name("vit", size, patch, side), size, patch, side, PixelStatistics.INCEPTION, crop(side));
  }

  private static Named convStem(String name, Size size, Stem stem, PixelStatistics pixels) {
    return new Group(VitForm.PLAIN.with(stem), Pool.TOKEN, 0, 0)
        .named(name, size, CONV_STEM_PATCH, 224, pixels, 0.875);
  }

  private static String name(String kind, Size size, int patch, int side) {
    return "%s_%s_patch%d_%d".formatted(kind, size.name(), patch, side);
  }

  private static double crop(int side) {
    return side == 224 ? 0.9 : 1.0;
  }

  private static List<Named> plain() {
    return List.of(
        deit(TINY, 224),
        deit(SMALL, 224),
        deit(BASE, 224),
        deit(BASE, 384),
        vit(TINY, 16, 224),
        vit(TINY, 16, 384),
        vit(SMALL, 16, 224),
        vit(SMALL, 16, 384),
        vit(SMALL, 32, 224),
        vit(SMALL, 32, 384),
        vit(BASE, 16, 224),
        vit(BASE, 16, 384),
        vit(BASE, 32, 224),
        vit(BASE, 32, 384),
        vit(LARGE, 14, 224),
        vit(LARGE, 16, 224),
        vit(LARGE, 16, 384),
        vit(LARGE, 32, 224),
        vit(LARGE, 32, 384),
        vit(HUGE, 14, 224),
        vit(GIANT, 14, 224),
        vit(GIGANTIC, 14, 224),
        convStem("vit_s_cvst", SMALL, Stem.UP_TO_ALL, PixelStatistics.IMAGENET),
        convStem("vit_b_cvst", BASE, Stem.UP_TO_HALF, PixelStatistics.NONE));
  }

  /** DINOv2 (Oquab et al., 2023), with registers (Darcet et al., 2024), and TIPSv2. */
  private static List<Named> selfSupervised() {
    return Stream.of(
            Stream.of(SMALL, BASE, LARGE, GATED_GIANT).map(VitNames::dinov2),
            Stream.of(SMALL, BASE, LARGE, GATED_GIANT).map(VitNames::dinov2WithRegisters),
            Stream.of(BASE, LARGE, SO400M, GATED_GIANT).map(VitNames::tipsv2))
        .flatMap(named -> named)
        .toList();
  }

  /** Only giants have gates. */
  private static VitForm gated(VitForm form, Size size) {
    return size.equals(GATED_GIANT) ? form.with(Features.PACKED_SWIGLU) : form;
  }

  private static Named dinov2(Size size) {
    String name = "vit_%s_patch14_dinov2".formatted(size.name());
    return new Group(gated(VitForm.PLAIN, size), Pool.TOKEN, 0, 1e-5)
        .named(name, size, 14, 518, PixelStatistics.IMAGENET, 1.0);
  }

  private static Named dinov2WithRegisters(Size size) {
    String name = "vit_%s_patch14_reg4_dinov2".formatted(size.name());
    VitForm form = VitForm.PLAIN.with(Trait.PATCH_POSITIONS_ONLY);
    return new Group(gated(form, size), Pool.TOKEN, 4, 1e-5)
        .named(name, size, 14, 518, PixelStatistics.IMAGENET, 1.0);
  }

  private static Named tipsv2(Size size) {
    String name = "vit_%s_patch14_reg1_tipsv2".formatted(size.name());
    VitForm form = VitForm.PLAIN.with(Trait.PATCH_POSITIONS_ONLY);
    return new Group(gated(form, size), Pool.TOKEN, 1, 1.0)
        .named(name, size, 14, 448, PixelStatistics.NONE, 1.0);
  }

  /** With the mean of normed tokens; the wide ones are those of I-JEPA (Assran et al., 2023). */
  private static List<Named> withoutClassToken() {
    VitForm form = VitForm.PLAIN.with(Trait.NO_CLASS_TOKEN, Trait.NORM_BEFORE_MEAN);
    Group scaled = new Group(form.with(Trait.UNBIASED_QKV), Pool.AVG, 0, 1e-6);
    Group plain = new Group(form, Pool.AVG, 0, 0);
    Size base = new Size("base", 768, 12, 16);
    return List.of(
        gap(scaled, MEDIUM, 16, 240, PixelStatistics.INCEPTION, 0.95),
        gap(scaled, MEDIUM, 16, 256, PixelStatistics.INCEPTION, 0.95),
        gap(scaled, MEDIUM, 16, 384, PixelStatistics.INCEPTION, 0.95),
        gap(scaled, BETWIXT, 16, 256, PixelStatistics.INCEPTION, 0.95),
        gap(plain, base, 16, 224, PixelStatistics.INCEPTION, 0.9),
        gap(plain, HUGE, 14, 224, PixelStatistics.IMAGENET, 0.9),
        gap(plain, HUGE, 16, 448, PixelStatistics.IMAGENET, 1.0),
        gap(plain, GIANT, 16, 224, PixelStatistics.IMAGENET, 0.9));
  }

  private static Named gap(
      Group group, Size size, int patch, int side, PixelStatistics pixels, double crop) {
    String registers = group.registers() == 0 ? "" : "_reg" + group.registers();
    String name = "vit_%s_patch%d%s_gap_%d".formatted(size.name(), patch, registers, side);
    return group.named(name, size, patch, side, pixels, crop);
  }

  /** timm's own, between the sizes of others. */
  private static List<Named> withRegisters() {
    VitForm form = VitForm.PLAIN.with(Trait.NO_CLASS_TOKEN);
    VitForm unplaced = form.with(Trait.PATCH_POSITIONS_ONLY);
    Group one = new Group(unplaced, Pool.AVG, 1, 1e-5);
    Group four = new Group(unplaced, Pool.AVG, 4, 1e-5);
    Group unscaled = new Group(unplaced, Pool.AVG, 4, 0);
    Group normed = new Group(form.with(Trait.NORM_BEFORE_MEAN), Pool.AVG, 4, 0);
    Group unbiased = new Group(form.with(Trait.UNBIASED_QKV), Pool.AVG, 1, 1e-5);
    return List.of(
        withRegisters(one, WEE, 256, 0.95),
        withRegisters(one, LITTLE, 256, 0.95),
        withRegisters(four, LITTLE, 256, 0.95),
        withRegisters(one, MEDIUM, 256, 0.95),
        withRegisters(four, MEDIUM, 256, 0.95),
        withRegisters(four, DEEP_MEDIUM, 256, 0.95),
        withRegisters(four, DEEP_MEDIUM, 384, 1.0),
        withRegisters(one, BETWIXT, 256, 0.95),
        withRegisters(four, BETWIXT, 256, 0.95),
        withRegisters(four, BETWIXT, 384, 1.0),
        withRegisters(unscaled, BASE, 256, 0.9),
        withRegisters(normed, SO150M, 256, 0.95),
        withRegisters(normed, SO150M, 384, 1.0),
        withRegisters(unbiased, SO150M2, 256, 1.0),
        withRegisters(unbiased, SO150M2, 384, 1.0),
        withRegisters(unbiased, SO150M2, 448, 1.0));
  }

  private static Named withRegisters(Group group, Size size, int side, double crop) {
    return gap(group, size, 16, side, PixelStatistics.INCEPTION, crop);
  }

  /**
   * timm's blocks of Dehghani et al., 2023, and AIMv2 (Fini et al., 2024), whose largest has more
   * parameters than a flat vector.
   */
  private static List<Named> rms() {
    Size large = new Size("large", 1024, 24, 8, 2.75);
    Size huge = new Size("huge", 1536, 24, 12, 2.6667);
    Size billion = new Size("1b", 2048, 24, 16, 2.75);
    return Stream.concat(
            Stream.of(parallel(BASE, 16), parallel(LARGE, 14), parallel(HUGE, 14)),
            Stream.of(large, huge, billion)
                .flatMap(size -> Stream.of(224, 336, 448).map(side -> aimv2(size, side))))
        .toList();
  }

  private static Named parallel(Size size, int patch) {
    VitForm form =
        VitForm.PLAIN
            .with(Norm.RMS)
            .with(Trait.PARALLEL, Trait.NORMED_TOKENS, Trait.PATCH_POSITIONS_ONLY);
    return new Group(form, Pool.TOKEN, 0, 0, true)
        .named(
            "vit_%s_patch%d_xp_224".formatted(size.name(), patch),
            size,
            patch,
            224,
            PixelStatistics.INCEPTION,
            0.9);
  }

  private static Named aimv2(Size size, int side) {
    VitForm form =
        VitForm.PLAIN
            .with(Features.SWIGLU)
            .with(Norm.RMS_OF_PYTORCH)
            .with(Trait.NO_CLASS_TOKEN, Trait.NORM_BEFORE_MEAN)
            .with(Trait.UNBIASED_BLOCKS, Trait.NORMED_PATCHES);
    return new Group(form, Pool.AVG, 0, 0)
        .named(
            "aimv2_%s_patch14_%d".formatted(size.name(), side),
            size,
            14,
            side,
            PixelStatistics.CLIP,
            1.0);
  }
}
