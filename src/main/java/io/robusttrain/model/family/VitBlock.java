package io.robusttrain.model.family;

import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.family.VitForm.Trait;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.GatedMlp;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Mlp;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.model.layer.TokenMlp;
import io.robusttrain.model.layer.attention.ParallelAttention;
import io.robusttrain.model.layer.attention.SelfAttention;
import io.robusttrain.tensor.Tensors;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A block of a vision transformer. */
interface VitBlock {
  /** From (B, N, D) to (B, N, D). */
  Tensor forward(Tensor tokens, ForwardPass pass);

  /** The class token alone, from (B, N, D) to (B, 1, D): all that a last block must compute. */
  Tensor classToken(Tensor tokens, ForwardPass pass);

  /** The block of a number, from 0. */
  static VitBlock of(VitSizes sizes, int index, Scope scope) {
    return sizes.form().is(Trait.PARALLEL)
        ? new Parallel(sizes, index, scope)
        : new Sequential(sizes, index, scope);
  }

  /** Attention, then an MLP. */
  final class Sequential implements VitBlock {
    private final LayerNorm norm1;
    private final SelfAttention attention;
    private final Optional<Parameter> scale1;
    private final LayerNorm norm2;
    private final TokenMlp mlp;
    private final Optional<Parameter> scale2;
    private final DropPath path1;
    private final DropPath path2;

    private Sequential(VitSizes sizes, int index, Scope scope) {
      int dim = sizes.dim();
      VitForm form = sizes.form();
      LayerNorm.Kind norms = form.norm().kind();
      SelfAttention.Variety variety =
          new SelfAttention.Variety(
              !form.is(Trait.UNBIASED_QKV) && !form.is(Trait.UNBIASED_BLOCKS),
              !form.is(Trait.UNBIASED_BLOCKS),
              Optional.of(norms).filter(kind -> sizes.qkNorm()));
      norm1 = norms.of(scope.child("norm1"), dim);
      attention = new SelfAttention(scope.child("attn"), dim, sizes.heads(), variety);
      scale1 = scale(sizes, scope.child("ls1"));
      norm2 = norms.of(scope.child("norm2"), dim);
      mlp = mlp(sizes, scope.child("mlp"));
      scale2 = scale(sizes, scope.child("ls2"));
      path1 = new DropPath(sizes.dropPath(index), index, 1, scope.device());
      path2 = new DropPath(sizes.dropPath(index), index, 2, scope.device());
    }

    private static Optional<Parameter> scale(VitSizes sizes, Scope scope) {
      return sizes.layerScale() > 0
          ? Optional.of(
              scope.parameter("gamma", Initializer.constant(sizes.layerScale()), sizes.dim()))
          : Optional.empty();
    }

    private static TokenMlp mlp(VitSizes sizes, Scope scope) {
      return switch (sizes.form().features()) {
        case GELU -> new Mlp(scope, sizes.dim(), sizes.hidden());
        case PACKED_SWIGLU -> GatedMlp.packedUngated(scope, sizes.dim(), sizes.hidden());
        case SWIGLU -> GatedMlp.unbiased(scope, sizes.dim(), sizes.hidden());
      };
    }

    @Override
    public Tensor forward(Tensor tokens, ForwardPass pass) {
      Tensor attended =
          Tensors.scoped(() -> path1.add(tokens, attended(norm1.forward(tokens)), pass));
      return Tensors.scoped(() -> path2.add(attended, features(norm2.forward(attended)), pass));
    }

    private Tensor attended(Tensor normed) {
      return scale1
          .map(scale -> attention.forward(normed, scale.tensor()))
          .orElseGet(() -> attention.forward(normed));
    }

    private Tensor features(Tensor normed) {
      return scale2
          .map(scale -> mlp.forward(normed, scale.tensor()))
          .orElseGet(() -> mlp.forward(normed));
    }

    @Override
    public Tensor classToken(Tensor tokens, ForwardPass pass) {
      Tensor token = tokens.narrow(1, 0, 1);
      Tensor update = scaled(attention.firstToken(norm1.forward(tokens)), scale1);
      Tensor attended = path1.add(token, update, pass);
      Tensor features = mlp.forwardOne(norm2.forward(attended), tokens.size(1));
      return path2.add(attended, scaled(features, scale2), pass);
    }

    private static Tensor scaled(Tensor token, Optional<Parameter> scale) {
      return scale.map(factors -> token.mul(factors.tensor())).orElse(token);
    }
  }

  /** Attention and an MLP of the same tokens. */
  final class Parallel implements VitBlock {
    private final ParallelAttention both;
    private final DropPath path;

    private Parallel(VitSizes sizes, int index, Scope scope) {
      both =
          new ParallelAttention(
              scope,
              sizes.dim(),
              sizes.heads(),
              sizes.hidden(),
              sizes.form().norm().kind(),
              sizes.qkNorm());
      path = new DropPath(sizes.dropPath(index), index, 1, scope.device());
    }

    @Override
    public Tensor forward(Tensor tokens, ForwardPass pass) {
      return Tensors.scoped(() -> path.add(tokens, both.forward(tokens), pass));
    }

    @Override
    public Tensor classToken(Tensor tokens, ForwardPass pass) {
      return forward(tokens, pass).narrow(1, 0, 1);
    }
  }
}
