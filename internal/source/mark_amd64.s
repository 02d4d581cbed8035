#include "go_asm.h"
#include "textflag.h"

// MARK writes the lowest position of R8 as the nth behind R13, and takes it from R8. Where
// none was left it writes what nobody reads.
#define MARK(n) \
	TZCNTQ R8, R12 \
	ADDL   BX, R12 \
	MOVL   R12, (4*n)(R13) \
	BLSRQ  R8, R8

// func markAVX2(at *[marks]uint32, buf []byte, i int, comma, eol byte) int
//
// Of 64 bytes at a time it makes words of a bit a byte, the lowest the first.
//
//	DI at, SI buf, BX i of the first of the 64, AX positions written
//	R8 what is to be marked, R10 ends of line and quotes, R13 where in at
TEXT ·markAVX2(SB), NOSPLIT, $0-56
	MOVQ         at+0(FP), DI
	MOVQ         buf_base+8(FP), SI
	MOVQ         i+32(FP), BX
	VPBROADCASTB comma+40(FP), Y0
	VPBROADCASTB eol+41(FP), Y1
	MOVL         $0x22, AX        // a quote
	VMOVD        AX, X2
	VPBROADCASTB X2, Y2
	XORL         AX, AX

step:
	VMOVDQU   (SI)(BX*1), Y3
	VMOVDQU   32(SI)(BX*1), Y4
	VPCMPEQB  Y3, Y0, Y5
	VPCMPEQB  Y4, Y0, Y6
	VPMOVMSKB Y5, R8
	VPMOVMSKB Y6, R9
	SHLQ      $32, R9
	ORQ       R9, R8
	VPCMPEQB  Y3, Y1, Y5
	VPCMPEQB  Y4, Y1, Y6
	VPCMPEQB  Y3, Y2, Y3
	VPCMPEQB  Y4, Y2, Y4
	VPOR      Y3, Y5, Y5
	VPOR      Y4, Y6, Y6
	VPMOVMSKB Y5, R10
	VPMOVMSKB Y6, R11
	SHLQ      $32, R11
	ORQ       R11, R10
	BLSMSKQ   R10, R11         // up to the first stop, or all
	ORQ       R10, R8
	ANDQ      R11, R8
	POPCNTQ   R8, R9
	LEAQ      (DI)(AX*4), R13
	ADDQ      R9, AX

	// Rows have a comma every 7 to 10 bytes: most often ten are enough, and a branch for
	// each would be guessed wrong.
	MARK(0)
	MARK(1)
	MARK(2)
	MARK(3)
	MARK(4)
	MARK(5)
	MARK(6)
	MARK(7)
	MARK(8)
	MARK(9)
	TESTQ R8, R8
	JZ    next

more:
	MARK(10)
	ADDQ  $4, R13
	TESTQ R8, R8
	JNZ   more

next:
	ADDQ  $64, BX
	TESTQ R10, R10
	JNZ   done
	CMPQ  AX, $(const_marks-64)
	JLE   step

done:
	VZEROUPPER
	MOVQ AX, ret+48(FP)
	RET
