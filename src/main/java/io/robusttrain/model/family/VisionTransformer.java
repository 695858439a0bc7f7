package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.family.VitForm.Stem;
import io.robusttrain.model.family.VitForm.Trait;
import io.robusttrain.model.layer.ConvStem;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.LearnedTokens;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.PatchDropout;
import io.robusttrain.model.layer.PatchEmbedding;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * The vision transformer (Dosovitskiy et al., 2021) and DeiT (Touvron et al., 2021), which is the
 * same network trained otherwise, as timm builds them: patches and a class token with learned
 * positions, pre-norm blocks, and a linear head on the class token or on the mean of the others.
 *
 * <p>Some members have convolutions in the place of the patches (Singh et al., 2023); others have
 * registers, scales of what blocks add, gated MLPs, norms of queries and keys, or no class token.
 */
final class VisionTransformer implements Network {
  private static final Initializer TOKEN = Initializer.normal(1e-6);

  private final VitSizes sizes;
  private final Optional<LearnedTokens> classToken;
  private final Optional<LearnedTokens> registers;
  private final Parameter positions;
  private final UnaryOperator<Tensor> patches;
  private final PatchDropout dropout;
  private final Optional<LayerNorm> normOfTokens;
  private final List<VitBlock> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private VisionTransformer(VitSizes sizes, Scope scope) {
    this.sizes = sizes;
    int dim = sizes.dim();
    VitForm form = sizes.form();
    LayerNorm.Kind norms = form.norm().kind();
    classToken =
        form.is(Trait.NO_CLASS_TOKEN)
            ? Optional.empty()
            : Optional.of(LearnedTokens.ofClass(scope, dim, TOKEN));
    registers =
        sizes.registers() > 0
            ? Optional.of(LearnedTokens.registers(scope, sizes.registers(), dim, TOKEN))
            : Optional.empty();
    positions =
        scope.parameter(
            VitSizes.POSITIONS, Initializer.truncatedNormal(0.02), 1, sizes.grid().tokens(), dim);
    patches = patches(sizes, scope.child("patch_embed"));
    dropout = new PatchDropout(sizes.prefix(), scope.device());
    normOfTokens =
        form.is(Trait.NORMED_TOKENS)
            ? Optional.of(norms.of(scope.child("norm_pre"), dim))
            : Optional.empty();
    for (int i = 0; i < sizes.depth(); i++) {
      blocks.add(VitBlock.of(sizes, i, scope.child("blocks").child(i)));
    }
    norm = norms.of(scope.child(sizes.normsTheMean() ? "fc_norm" : "norm"), dim);
    head = new Linear(scope.child("head"), dim, sizes.numClasses());
  }

  /** From pixels (B, 3, H, W) to tokens (B, N, D). */
  private static UnaryOperator<Tensor> patches(VitSizes sizes, Scope scope) {
    VitForm form = sizes.form();
    int dim = sizes.dim();
    if (form.stem() != Stem.PATCHES) {
      ConvStem stem = new ConvStem(scope.child("proj"), form.stem().steps(dim), Optional.of(dim));
      return pixels -> {
        PatchEmbedding.requireSize(pixels, sizes.name(), sizes.image());
        return stem.forward(pixels).flatten(1, 2);
      };
    }
    PatchEmbedding patches =
        new PatchEmbedding(
            scope,
            sizes.name(),
            sizes.image(),
            sizes.patchSize(),
            dim,
            !form.is(Trait.NORMED_TOKENS));
    if (!form.is(Trait.NORMED_PATCHES)) {
      return patches::forward;
    }
    LayerNorm norm = form.norm().kind().of(scope.child("norm"), dim);
    return pixels -> norm.forward(patches.forward(pixels));
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x = kept(pixels, pass);
    int last = blocks.size() - 1;
    for (VitBlock block : blocks.subList(0, last)) {
      x = block.forward(x, pass);
    }
    return head.forward(read(blocks.get(last), x, pass));
  }

  /** All tokens with positions, but those of patches that this pass drops: (B, N, D). */
  private Tensor kept(Tensor pixels, ForwardPass pass) {
    PositionGrid grid = sizes.grid();
    return Tensors.scoped(
        () -> {
          Tensor all = placed(patches.apply(pixels));
          Tensor kept =
              pass.dropped()
                  .map(draw -> dropout.forward(all, grid.rows(), grid.columns(), draw))
                  .orElse(all);
          return normOfTokens.map(norms -> norms.forward(kept)).orElse(kept);
        });
  }

  private Tensor placed(Tensor tokens) {
    return sizes.form().is(Trait.PATCH_POSITIONS_ONLY)
        ? withLearned(tokens.add(positions.tensor()))
        : withLearned(tokens).add(positions.tensor());
  }

  private Tensor withLearned(Tensor tokens) {
    Tensor more = registers.map(learned -> learned.before(tokens)).orElse(tokens);
    return classToken.map(learned -> learned.before(more)).orElse(more);
  }

  /** The last block and what the head reads of it: from (B, N, D) to (B, D). */
  private Tensor read(VitBlock last, Tensor tokens, ForwardPass pass) {
    return switch (sizes.pool()) {
      // The head reads only the class token, and layer norm and MLP work token by token.
      case TOKEN -> norm.forward(last.classToken(tokens, pass).select(1, 0));
      case AVG ->
          sizes.normsTheMean()
              ? norm.forward(mean(last.forward(tokens, pass)))
              : mean(norm.forward(last.forward(tokens, pass)));
    };
  }

  /** Of the patches' tokens. */
  private Tensor mean(Tensor tokens) {
    return tokens.narrow(1, sizes.prefix(), tokens.size(1) - sizes.prefix()).mean(1);
  }

  /** The network of checked sizes. */
  @Immutable
  private record Config(VitSizes sizes) implements NetworkConfig {
    @Override
    public String name() {
      return sizes.name();
    }

    @Override
    public ImageSize image() {
      return sizes.image();
    }

    @Override
    public int numClasses() {
      return sizes.numClasses();
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      return new Config(sizes.with(options));
    }

    @Override
    public Map<String, Object> arguments() {
      return sizes.arguments();
    }

    @Override
    public Set<String> optionalArguments() {
      return sizes.optionalArguments();
    }

    @Override
    public Optional<PositionGrid> positionGrid() {
      return Optional.of(sizes.grid());
    }

    @Override
    public Set<TokenDropping.Mode> tokenDropping() {
      return EnumSet.allOf(TokenDropping.Mode.class);
    }

    @Override
    public Optional<TokenDropping.Grid> tokenGrid() {
      return Optional.of(new TokenDropping.Grid(sizes.grid().rows(), sizes.grid().columns()));
    }

    @Override
    public Optional<TimmModel> timm() {
      TimmModel model = FamilyMember.named(name(), members()).timm(this);
      Stem stem = sizes.form().stem();
      if (stem == Stem.PATCHES) {
        return Optional.of(model);
      }
      return Optional.of(
          TimmConvStem.in(
              model.named(VitNames.original(name())),
              "model.patch_embed.proj",
              stem.steps(sizes.dim()),
              Optional.of(sizes.dim())));
    }

    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none()
          .with(0, "cls_token|reg_token|pos_embed|patch_embed")
          .with(1, "blocks\\.(\\d+)")
          .with(1, "norm", LayerGroups.PREVIOUS);
    }

    @Override
    public Network network(Scope scope) {
      return new VisionTransformer(sizes, scope);
    }
  }

  /** The named members of the family. */
  static List<FamilyMember> members() {
    return VitNames.all().stream()
        .map(
            named ->
                FamilyMember.of(
                    new Config(named.sizes()), named.statistics(), named.cropFraction()))
        .toList();
  }
}
